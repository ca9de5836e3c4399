"""Score-based attacks on the page of a robustness test: how many texts they broke, and what that took."""

from __future__ import annotations

from collections.abc import Sequence

from windward.reports.markup import Html
from windward.reports.parts import section, table
from windward.reports.wording import percent
from windward.rows import Result, select

_NAMES = ("dimension", "broken", "success", "queries an attack", "queries a success", "ended by budget")


def searched_section(results: Sequence[Result], curves: Sequence[tuple[str, str]]) -> Html | None:
    """Attacks of all degrees together, by dimension and mode; None where nothing was attacked."""
    attacks = select(results, condition={"attack": "score"})
    if not attacks:
        return None
    rows = []
    for dimension, mode in curves:
        own = select(attacks, condition={"dimension": dimension, "mode": mode})
        made = [row for row in own if row.metric == "success"]
        count, broken = sum(row.n for row in made), sum(round(row.value * row.n) for row in made)
        queries = sum(row.value for row in own if row.metric == "queries_total")
        ended = sum(row.value * row.n for row in own if row.metric == "ended_by_budget")
        if count:
            shares = (percent(broken / count), f"{queries / count:,.1f}")
            each = f"{queries / broken:,.1f}" if broken else ""
            rows.append(
                (f"{dimension} ({mode})", f"{broken:,} of {count:,}", *shares, each, percent(ended / count))
            )
    told = attacks[0].condition
    texts = next(row.n for row in attacks if row.metric == "accuracy")
    budget = "no budget" if told["budget"] is None else f"{told['budget']:,} queries a text and degree"
    return section(
        "Attacked by search",
        table(_NAMES, rows, numeric=range(1, len(_NAMES))),
        anchor="searched",
        lead=f"A {told['search']} search of the first {texts:,} texts that sees the model's probabilities, with {budget}. A text that is broken "
        "at a degree counts as broken at higher ones and is not attacked again. Each attack counts every text that it asked about; a "
        "success bears the queries of the attacks that failed as well.",
    )
