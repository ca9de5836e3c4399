"""The page of `windward eval winrate`: who is preferred, also at equal length, and what the judge's two orders say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from windward.reports.again import again
from windward.reports.intervals import interval
from windward.reports.markup import Html, tag
from windward.reports.page import footer, navigation, page, write_page
from windward.reports.parts import columns, facts, missing, section, table
from windward.reports.range_chart import range_chart
from windward.reports.run_folder import ReportError, object_in, results_in
from windward.reports.winrate_shown import examples, judged_in
from windward.reports.wording import counted, figure_range, mean, number, percent
from windward.rows import Result, select


def write_winrate_report(folder: Path) -> Path:
    """Writes `folder/report.html` from what is beside it, whole or not at all.

    Raises:
        ReportError: there is no result table, or a file is malformed; says which.
    """
    return write_page(Path(folder), winrate_page(Path(folder)))


def winrate_page(folder: Path) -> str:
    """The page as text."""
    if not (folder / "results.parquet").is_file():
        raise ReportError(f"{folder} holds no results.parquet: give the --out of windward eval winrate")
    results, record = results_in(folder / "results.parquet"), object_in(folder / "run.json")
    judged = judged_in(folder / "judged.jsonl", _seed(record))
    files = sorted(path.name for path in folder.iterdir() if not path.name.startswith((".", "report.html")))
    sections = [
        ("rate", "Win rate", _rate(results)),
        ("length", "Length", _length(results)),
        ("judge", "The judge", _judge(results)),
        ("examples", "Examples", examples(judged)),
        ("again", "Do it again", again(record, files)),
    ]
    contents = navigation([(anchor, name) for anchor, name, _ in sections])
    return page("Win rate", _head(results), contents, *(body for *_, body in sections), footer())


def _head(results: Sequence[Result]) -> Html:
    found = _one(results, "win_rate")
    if found is None:
        return tag(
            "header", tag("h1", "No pair was judged"), missing("No figures.", "results.parquet is empty.")
        )
    told = {
        "model": found.model,
        "baseline": found.condition.get("baseline", "not written down"),
        "judge": found.condition.get("judge", "not written down"),
        "pairs": f"{found.n:,}",
        "won, lost": f"{found.condition.get('won', 0):,}, {found.condition.get('lost', 0):,}",
        "judged equal": f"{found.condition.get('tied', 0):,}",
        "orders disagree": f"{found.condition.get('split', 0):,}",
        "not read": f"{found.condition.get('unread', 0):,}",
    }
    return tag(
        "header",
        tag("p", "Pairwise judgement in both orders", class_="eyebrow"),
        tag("h1", _headline(results, found)),
        columns(
            tag("article", tag("h2", "What was judged"), facts(told), class_="card"),
            tag(
                "article",
                tag("h2", "How it is counted"),
                tag("p", "Each pair is judged twice, each answer being read first once. A pair is won or lost only where both "
                    "verdicts agree; it counts one half where the judge finds no difference, where the two orders disagree, and "
                    "where a verdict could not be read."),
                tag("p", "(wins + half of the rest) / pairs, ± 1.96 standard errors; at equal length: percentiles of a bootstrap "
                    "over pairs."),
                class_="card",
            ),
        ),
    )  # fmt: skip


def _headline(results: Sequence[Result], found: Result) -> str:
    baseline = found.condition.get("baseline", "the baseline")
    sentence = f"{_verdict(found)} between {found.model} and {baseline}"
    if _direction(found) != "unclear":
        sentence = f"{found.model} {_verdict(found)} {baseline}"
    sentence += f": win rate {percent(found.value)} ({figure_range(found)})"
    controlled = _one(results, "length_controlled_win_rate")
    if controlled is not None:
        sentence += f", {percent(controlled.value)} at equal length ({figure_range(controlled)})"
    return sentence


def _direction(found: Result) -> str:
    span = interval(found)
    if span is None or span.low <= 0.5 <= span.high:
        return "unclear"
    return "better" if span.low > 0.5 else "worse"


def _verdict(found: Result) -> str:
    return {
        "better": "is preferred to",
        "worse": "is judged worse than",
        "unclear": "No measurable preference",
    }[_direction(found)]


def _rate(results: Sequence[Result]) -> Html:
    shown = [
        (place, name, row)
        for place, name, metric in (
            (2, "win rate", "win_rate"),
            (1, "at equal length", "length_controlled_win_rate"),
        )
        if (row := _one(results, metric))
    ]
    if not shown:
        return section("Win rate", missing("None.", "No pair was judged."), anchor="rate")
    bounds = select(results, metric="bound_win_rate")
    unread = any(row.unparsed for row in bounds)
    if unread:
        shown += [(0, f"if all unread pairs were {row.condition.get('unread_as')}", row) for row in bounds]
    lines = [
        (name, percent(row.value), figure_range(row), _points(row), f"{row.n:,}", f"{row.unparsed:,}")
        for _, name, row in shown
    ]
    note = None
    if _one(results, "length_controlled_win_rate") is None:
        note = missing(
            "Not at equal length.", "All answers differ in length by the same, or there is one pair."
        )
    chart = tag("article", range_chart(shown, title="Win rate, with 95 % intervals"), class_="card")
    names = ("", "value", "95 % interval", "standard error", "pairs", "not read")
    return section(
        "Win rate",
        chart,
        tag("div", table(names, lines, numeric=(1, 2, 3, 4, 5)), class_="dense"),
        note,
        anchor="rate",
        lead="50 % is no preference.",
    )


def _length(results: Sequence[Result]) -> Html:
    quartiles = sorted(
        select(results, metric="quartile_win_rate"), key=lambda row: int(row.condition["quartile"])
    )
    lengths = [
        (str(row.condition.get("of")), f"{row.value:,.0f}", figure_range(row))
        for row in select(results, metric="answer_length")
    ]
    controlled = _one(results, "length_controlled_win_rate")
    parts: list[object] = []
    if quartiles:
        shown = [(4, _ends(row), row) for row in quartiles]
        parts.append(
            tag("article", tag("h3", "By how much longer the model's answer is"),
                range_chart(shown, title="Win rate by difference in length"), class_="card")
        )  # fmt: skip
    about = [table(("answers of", "characters", "95 % interval"), lengths, numeric=(1, 2))] if lengths else []
    if controlled is not None:
        slope, longer = controlled.condition.get("slope"), controlled.condition.get("longer")
        if isinstance(slope, float) and isinstance(longer, float):
            told = (
                f"In {percent(longer)} of the pairs the model's answer is the longer one. Slope of the preference for length: "
                f"{_signed(slope)} (log odds for one unit of tanh of the standardised difference; above zero, longer answers win)."
            )
            extrapolated = longer in (0.0, 1.0)
            about.append(tag("p", told, class_="after"))
            if extrapolated:
                about.append(
                    missing("An extrapolation.", "One system's answers are always the longer ones; none are of equal length.")
                )  # fmt: skip
    parts.append(tag("div", *about))
    lead = (
        "Judges tend to prefer longer answers. At equal length: a logistic regression of the preferences on the model and on "
        "tanh(difference in characters / its standard deviation), read off at difference zero (Dubois et al. 2024). Their "
        "term for an instruction's difficulty needs several models and is left out."
    )
    return section("Length", columns(*parts), anchor="length", lead=lead)


def _ends(row: Result) -> str:
    low, high = (int(row.condition[name]) for name in ("from_characters", "to_characters"))
    return f"{_sign(low)} to {_sign(high)} characters ({counted(row.n, 'pair')})"


def _sign(characters: int) -> str:
    return f"{characters:+,}".replace("-", "−") if characters else "0"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _judge(results: Sequence[Result]) -> Html:
    first = _one(results, "first_preferred_rate")
    shown = [(3, "verdicts for the answer read first", first)] if first else []
    shown += [
        (2, f"win rate where the model's answer is read {row.condition.get('shown')}", row)
        for row in select(results, metric="order_win_rate")
    ]
    rest = [
        (name, percent(row.value), figure_range(row), f"{row.n:,}")
        for metric, name in (
            ("split_rate", "pairs whose two orders disagree"),
            ("tied_rate", "pairs judged equal in both orders"),
            ("unread_rate", "verdicts that could not be read"),
        )
        if (row := _one(results, metric))
    ]
    replies = _one(results, "replies")
    if replies is not None:
        rest.append(
            ("replies asked for a verdict", mean(replies.value), figure_range(replies), number(replies.n))
        )
    if not shown and not rest:
        return section("The judge", missing("Nothing known.", "No pair was judged."), anchor="judge")
    said = None
    if first is not None:
        said = {
            "unclear": "No measurable preference for a place.",
            "better": "The judge prefers the answer that it reads first; judging both orders takes this out of the win rate.",
            "worse": "The judge prefers the answer that it reads second; judging both orders takes this out of the win rate.",
        }[_direction(first)]
    chart = tag(
        "article",
        range_chart(shown, title="Place"),
        tag("p", said, class_="told") if said else None,
        class_="card",
    )
    return section(
        "The judge",
        columns(chart, table(("", "value", "95 % interval", "n"), rest, numeric=(1, 2, 3))),
        anchor="judge",
        lead="Of verdicts that name an answer, half should fall on the one that was read first.",
    )


def _one(results: Sequence[Result], metric: str) -> Result | None:
    return next(iter(select(results, metric=metric)), None)


def _points(row: Result) -> str:
    return "none" if row.stderr is None else f"{100 * row.stderr:.2f} points"


def _seed(record: Mapping[str, object]) -> int:
    seed = record.get("seed")
    return seed if isinstance(seed, int) else 0
