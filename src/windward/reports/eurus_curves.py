"""Curves that go below zero: implicit rewards by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import isnan

from windward.reports.chart_frame import WIDTH, cells_of, figures, framed, nice_ceiling, present_in, sentence
from windward.reports.intervals import interval
from windward.reports.markup import Html, join, tag
from windward.reports.parts import marker
from windward.reports.wording import mean, number
from windward.rows import Result

_LEFT, _RIGHT, _TOP, _PLOT = 46, 16, 12, 150


def furthest(results: Sequence[Result]) -> float:
    """A round number that no value lies beyond, on either side of zero; what charts share that are compared."""
    return nice_ceiling(max((abs(row.value) for row in results if not isnan(row.value)), default=0.0))


def signed_chart(
    results: Sequence[Result],
    *,
    x: str,
    by: str,
    series: Mapping[str, str],
    title: object,
    x_label: str,
    reach: float,
) -> Html:
    """A curve a series over a numeric condition, on a scale from −reach to +reach with a line at zero.

    Args:
        results: rows that have conditions `x` (a number) and `by`; one for each pair of values.
        x: condition key on the horizontal axis.
        by: condition key that tells the series apart.
        series: its values to the names shown, in the order of their colours.
        title: what the figure shows.
        x_label: name of the horizontal axis.
        reach: end of the scale; see `furthest`.

    Raises:
        ValueError: two rows for one point, or a row without one of the conditions.
    """
    cells = cells_of(results, x, by, float)
    steps = sorted({at for at, _ in cells})
    order = list(series)
    present = present_in(cells, order)
    body = [_axes(steps, reach, x_label)]
    for name in present:
        drawn = [(_across(at, steps), cells[at, name]) for at in steps if (at, name) in cells]
        lines = [
            tag("line", x1=a, y1=_up(first.value, reach), x2=b, y2=_up(second.value, reach), class_="curve")
            for (a, first), (b, second) in pairwise(drawn)
        ]
        marks = [
            _point(px, row, reach, order.index(name), f"{series[name]}, {x_label} {row.condition[x]}")
            for px, row in drawn
        ]
        body.append(tag("g", *lines, *marks, class_=f"series-{order.index(name)}"))
    numbers = figures(cells, steps, present, series, (x_label, by))
    return framed(body, _TOP + _PLOT + 42, title, present, series, numbers)


def _point(px: float, row: Result, reach: float, index: int, label: str) -> Html:
    span = interval(row)
    whisker = None
    if span is not None:
        low, high = _up(span.low, reach), _up(span.high, reach)
        whisker = tag("path", d=f"M{px - 3:.1f} {high:.1f}h6m-3 0V{low:.1f}m-3 0h6", class_="whisker")
    says = tag("title", f"{label}: {sentence(row)}")
    return join(whisker, marker(index, px, _up(row.value, reach), says))


def _up(value: float, reach: float) -> float:
    return _TOP + _PLOT / 2 * (1 - min(max(value / reach, -1.0), 1.0))


def _across(at: float, steps: Sequence[float]) -> float:
    first, last = _LEFT + 12, WIDTH - _RIGHT - 12
    if steps[0] == steps[-1]:
        return (first + last) / 2
    return first + (at - steps[0]) / (steps[-1] - steps[0]) * (last - first)


def _axes(steps: Sequence[float], reach: float, label: str) -> Html:
    lines = []
    for share in (-1.0, -0.5, 0.0, 0.5, 1.0):
        y = _up(share * reach, reach)
        lines.append(
            tag("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=y, y2=y, class_="base" if share == 0 else "grid")
        )
        shown = "0" if share == 0 else mean(share * reach).replace("-", "−")
        lines.append(tag("text", shown, x=_LEFT - 6, y=y + 4, text_anchor="end"))
    bottom = _TOP + _PLOT
    stride = max(1, -(-len(steps) // 8))
    names = [
        tag("text", number(at), x=_across(at, steps), y=bottom + 18, text_anchor="middle")
        for at in steps[::stride]
    ]
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    return join(
        *lines, *names, tag("text", label, x=middle, y=bottom + 36, text_anchor="middle", class_="axis")
    )
