"""What the sections of UnknownBench's page are laid out with."""

from __future__ import annotations

from collections.abc import Sequence

from windward.reports.intervals import interval
from windward.reports.markup import Html, join, tag
from windward.reports.parts import table
from windward.reports.unknown_table import UnknownTable
from windward.rows import Result


def pairs(cards: Sequence[Html]) -> Html:
    """Cards two in a row, where there is room: three would be too small to read."""
    rows = [cards[start : start + 2] for start in range(0, len(cards), 2)]
    return join(
        *(tag("div", *row, *([tag("div")] if len(row) < 2 else ()), class_="columns after") for row in rows)
    )


def by_model(
    found: UnknownTable, heads: Sequence[str], lines: Sequence[Sequence[object]], numeric: Sequence[int]
) -> Html:
    """A table of which each line begins with a model; of a single model it leaves that out."""
    if found.single:
        heads, lines = heads[1:], [line[1:] for line in lines]
        numeric = [place - 1 for place in numeric]
    return tag("div", table(heads, lines, numeric=numeric), class_="dense")


def with_range(value: str, span: str | None, *more: str) -> Html:
    """A figure over its interval, and what else belongs to it, in small letters."""
    return join(value, *(tag("span", one, class_="spread") for one in (span, *more) if one))


def decimals(row: Result) -> Html:
    """A figure of three decimals over its interval."""
    span = interval(row)
    return with_range(
        signed(f"{row.value:.3f}"), signed(f"{span.low:.3f} to {span.high:.3f}") if span is not None else None
    )


def signed(number: str) -> str:
    """With a minus sign where there is a hyphen."""
    return number.replace("-", "−")
