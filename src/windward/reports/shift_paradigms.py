"""The part of the page on language models that are asked: strict, of what could be read, and how much could not."""

from __future__ import annotations

from collections.abc import Sequence

from windward.reports.intervals import interval, wilson
from windward.reports.markup import Html, tag
from windward.reports.parts import section, table
from windward.reports.shift_curves import METRICS
from windward.reports.wording import percent, percent_range
from windward.rows import Result


def paradigms_section(own: Sequence[Result]) -> Html | None:
    """A row a model, paradigm and test set; None without any."""
    rows = [row for row in own if "paradigm" in row.condition and row.metric in METRICS]
    if not rows:
        return None
    several = len({row.metric for row in rows}) > 1
    lines = [
        (row.model, str(row.condition["paradigm"]), row.dataset + (f", {METRICS[row.metric]}" if several else ""),
         percent(row.value), percent_range(interval(row)), _read_only(row), percent(row.unparsed / row.n) if row.n else "n/a",
         percent_range(wilson(row.unparsed / row.n, row.n)) if row.n else "no interval", f"{row.n:,}")
        for row in rows
    ]  # fmt: skip
    names = (
        "model",
        "paradigm",
        "tested on",
        "strict",
        "95 % interval",
        "of what was read",
        "not read",
        "95 % interval",
        "n",
    )
    return section(
        "Language models",
        tag("div", table(names, lines, numeric=(3, 4, 5, 6, 7, 8)), class_="dense"),
        anchor="paradigms",
        lead="Strict: an answer that could not be read is wrong. The score of what was read leaves such answers out; where many could not be "
        "read it is the score of another, easier set.",
    )


def _read_only(row: Result) -> str:
    read = row.n - row.unparsed
    if read < 1:
        return "nothing read"
    if row.metric == "accuracy":
        return percent(min(row.value * row.n / read, 1.0))
    given = row.condition.get("parsed_only")
    return percent(float(given)) if isinstance(given, int | float) else ""
