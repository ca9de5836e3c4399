"""What every chart shares: rows of the result table as cells, a frame, and the same figures as text.

Charts are inline SVG drawn from the result table and from nothing else. plotly's script alone would put 4.8 MB into
every page and draw nothing where scripts are off; these are a few kB, follow the page's colours and print.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil, floor, isnan, log10
from typing import TypeVar

from windward.reports.intervals import interval
from windward.reports.markup import Html, tag
from windward.reports.parts import disclosure, figure, legend, table
from windward.reports.wording import figure as worded
from windward.reports.wording import figure_range, number
from windward.rows import Result

Key = TypeVar("Key", float, str)
WIDTH = 360
"""Units across: about the CSS pixels of a phone, so that the lettering is never smaller than set."""


def nice_ceiling(value: float) -> float:
    """The next of 1, 2, 2.5, 5 × 10^k at or over `value`; 1 for nothing above zero."""
    if not value > 0:
        return 1.0
    unit = 10.0 ** floor(log10(value))
    return next(step * unit for step in (1, 2, 2.5, 5, 10) if step * unit >= value * (1 - 1e-12))


def cells_of(
    results: Iterable[Result], key: str, by: str, kind: Callable[[str], Key]
) -> dict[tuple[Key, str], Result]:
    """The rows by (value of `key`, value of `by`).

    Raises:
        ValueError: a row lacks one of the two conditions, or two rows share a cell.
    """
    cells: dict[tuple[Key, str], Result] = {}
    for result in results:
        if key not in result.condition or by not in result.condition:
            raise ValueError(
                f"cannot draw {result.metric}: condition {result.condition} lacks {key!r} or {by!r}"
            )
        place = (kind(str(result.condition[key])), str(result.condition[by]))
        if place in cells:
            raise ValueError(
                f"cannot draw {result.metric}: two rows for {key}={place[0]}, {by}={place[1]}; select one of them first"
            )
        cells[place] = result
    return cells


def present_in(cells: Mapping[tuple[Key, str], Result], order: Sequence[str]) -> list[str]:
    """The series that have rows, in the order of the page."""
    found = {name for _, name in cells}
    if unknown := found - set(order):
        raise ValueError(f"no place in the drawing order for {sorted(unknown)}")
    return [name for name in order if name in found]


def highest(results: Iterable[Result]) -> float:
    """The upper end of everything to draw, intervals included."""
    ends = [span.high if (span := interval(result)) else result.value for result in results]
    return max((end for end in ends if not isnan(end)), default=0.0)


def framed(
    body: Sequence[Html],
    height: float,
    title: object,
    present: Sequence[str],
    series: Mapping[str, str],
    numbers: Html,
) -> Html:
    """The drawing under its title, with its legend and its figures."""
    drawing = tag("svg", *body, viewBox=f"0 0 {WIDTH} {ceil(height)}", role="img", class_="chart",
                  aria_label=f"{title}; the figures follow as a table")  # fmt: skip
    marks = [(index, series[name]) for index, name in enumerate(series) if name in present]
    return figure(drawing, title, legend(marks), numbers)


def figures(
    cells: Mapping[tuple[Key, str], Result],
    rows: Sequence[Key],
    present: Sequence[str],
    series: Mapping[str, str],
    names: tuple[str, str],
) -> Html:
    """The same rows as text, for who cannot or does not want to read a drawing."""
    lines = [
        (
            number(row) if isinstance(row, float) else row,
            series[name],
            worded(found),
            figure_range(found),
            f"{found.n:,}",
        )
        for row in rows
        for name in present
        if (found := cells.get((row, name)))
    ]
    columns = (*(name.replace("_", " ") for name in names), "value", "95 % interval", "n")
    return disclosure("The figures", table(columns, lines, numeric=(2, 3, 4)))


def sentence(result: Result) -> str:
    """One figure with its interval and n, as the text of a mark."""
    spread = f" (95 % interval {figure_range(result)})" if interval(result) else ""
    return f"{worded(result)}{spread}, n = {result.n:,}"
