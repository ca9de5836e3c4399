"""The part of the page on language models that are asked: strict, of what could be read, and how much could not."""

from __future__ import annotations

import json
from collections.abc import Sequence

from windward.reports.intervals import interval
from windward.reports.markup import Html, join, tag
from windward.reports.parts import section, table
from windward.reports.shift_curves import METRICS
from windward.reports.wording import percent, percent_range
from windward.rows import Result, select

_PARSED = "parsed_"


def paradigms_section(own: Sequence[Result]) -> Html | None:
    """A row a model, paradigm and reading, a column a test set; None without any."""
    asked = [row for row in own if "paradigm" in row.condition]
    tables = [_table(asked, metric, name) for metric, name in METRICS.items() if select(asked, metric=metric)]
    if not tables:
        return None
    return section(
        "Language models",
        *tables,
        anchor="paradigms",
        lead="First the score with its 95 % interval, where an answer that could not be read is wrong; under it the score of the answers that "
        "could be read, and how many could not. Where these are many, the second score is one of other, easier texts.",
    )


def _table(asked: Sequence[Result], metric: str, name: str) -> Html:
    scores, parsed = select(asked, metric=metric), select(asked, metric=_PARSED + metric)
    read = {(row.dataset, *_way(row)): row for row in parsed}
    sets = list(dict.fromkeys(row.dataset for row in scores))
    lines: dict[tuple[str, str], dict[str, Result]] = {}
    for row in scores:
        lines.setdefault(_way(row), {})[row.dataset] = row
    several = len({row.model for row in scores}) > 1
    shown = []
    for way, found in lines.items():
        first = next(iter(found.values()))
        cells = [_cell(found.get(one), read.get((one, *way))) for one in sets]
        shown.append((*([first.model] if several else []), *_called(first), *cells))
    heads = (
        *(["model"] if several else []),
        "paradigm",
        "read",
        *(f"{one} (n {_n(scores, one)})" for one in sets),
    )
    numeric = range(len(heads) - len(sets), len(heads))
    return tag("div", table(heads, shown, numeric=numeric, caption=name), class_="dense")


def _n(scores: Sequence[Result], dataset: str) -> str:
    return f"{max(row.n for row in scores if row.dataset == dataset):,}"


def _way(row: Result) -> tuple[str, str]:
    """All that a row was measured under; intervals are its own."""
    shared = {key: value for key, value in row.condition.items() if key not in ("low", "high", "role")}
    return row.model, json.dumps(shared, sort_keys=True)


def _called(row: Result) -> tuple[str, str]:
    told = row.condition
    paradigm = str(told["paradigm"])
    if "demonstrations_of" in told:
        paradigm += f", {told.get('shots', '')} of {told['demonstrations_of']}".replace("  ", " ")
    reading = " ".join(str(told[key]).replace("_", " ") for key in ("reading", "normalised") if told.get(key))
    return paradigm, reading


def _cell(row: Result | None, parsed: Result | None) -> Html | str:
    if row is None:
        return ""
    read = row.n - row.unparsed
    if row.unparsed == 0:
        under = ["all read"]
    elif read < 1:
        under = ["none read"]
    else:
        only = parsed.value if parsed else row.value * row.n / read if row.metric == "accuracy" else None
        under = [] if only is None else [f"{percent(only)} of the read"]
        under.append(f"{percent(row.unparsed / row.n)} not read")
    spans = [tag("span", one, class_="spread") for one in (percent_range(interval(row)), *under)]
    return join(percent(row.value), *spans)
