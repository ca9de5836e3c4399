"""Curves with intervals over a numeric condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import isnan

from windward.reports.chart_frame import (
    WIDTH,
    cells_of,
    figures,
    framed,
    highest,
    nice_ceiling,
    present_in,
    sentence,
)
from windward.reports.intervals import interval
from windward.reports.markup import Html, join, tag
from windward.reports.parts import marker
from windward.reports.wording import is_rate, number
from windward.rows import Result

_LEFT, _RIGHT, _TOP, _PLOT = 46, 16, 12, 190
_DODGE = 8
_NAME = 22
"""Units between the names of two steps at least."""
MOST = 6
"""Curves that can be told apart in one chart: as many as there are colours."""


def line_chart(
    results: Sequence[Result], *, x: str, by: str, series: Mapping[str, str], title: object, x_label: str
) -> Html:
    """A curve a series over a numeric condition, with the interval of every point, and the figures under it.

    Args:
        results: rows of one metric and split; one for each pair of `x` and `by`.
        x: condition key on the horizontal axis (a number), e.g. `turn`.
        by: condition key that tells the series apart, e.g. `stage`.
        series: value of `by` to the name shown, for all that the page draws, in the order of its colours; those
            without rows are left out.
        title: what the figure shows.
        x_label: name of the horizontal axis.

    Raises:
        ValueError: two rows for one point, or a row without one of the conditions.
    """
    cells = cells_of(results, x, by, float)
    steps = sorted({at for at, _ in cells})
    top = 1.0 if all(map(is_rate, results)) else nice_ceiling(highest(results))
    body = [_y_axis(top, percent_scale=all(map(is_rate, results))), _x_axis(steps, x_label)]
    order = list(series)
    present = present_in(cells, order)
    for rank, name in enumerate(present):
        dodge = (rank - (len(present) - 1) / 2) * _DODGE
        drawn = [(_across(at, steps) + dodge, cells[at, name]) for at in steps if (at, name) in cells]
        label = f"{series[name]}, {x_label}"
        marks = (_point(px, result, top, order.index(name), label, x) for px, result in drawn)
        body.append(tag("g", _path(drawn, top), *marks, class_=f"series-{order.index(name)}"))
    return framed(
        body, _TOP + _PLOT + 42, title, present, series, figures(cells, steps, present, series, (x_label, by))
    )


def pick_chart(
    results: Sequence[Result],
    *,
    x: str,
    by: str,
    series: Sequence[str],
    shown: Sequence[str],
    title: object,
    x_label: str,
) -> Html:
    """Curves of more series than a chart can hold, of which the reader chooses; without scripts those in `shown` stay.

    Args:
        results: as of `line_chart`.
        x: condition key on the horizontal axis (a number).
        by: condition key that tells the series apart.
        series: its values, in the order in which they are offered.
        shown: those drawn at first, six at most.
        title: what the figure shows.
        x_label: name of the horizontal axis.

    Raises:
        ValueError: as `line_chart`, or more than six are to be shown.
    """
    if len(shown) > MOST:
        raise ValueError(f"{len(shown)} curves cannot be told apart: show {MOST} at most")
    cells = cells_of(results, x, by, float)
    steps = sorted({at for at, _ in cells})
    present = present_in(cells, series)
    first = [name for name in present if name in shown]
    body, chips = [_y_axis(1.0, percent_scale=True), _x_axis(steps, x_label)], []
    for place, name in enumerate(present):
        slot = first.index(name) if name in first else None
        shift = 0.0 if slot is None else (slot - (len(first) - 1) / 2) * _DODGE
        drawn = [(_across(at, steps), cells[at, name]) for at in steps if (at, name) in cells]
        marks = (_point(px, result, 1.0, place, f"{name}, {x_label}", x) for px, result in drawn)
        kind = "off" if slot is None else f"series-{slot}"
        body.append(
            tag(
                "g",
                _path(drawn, 1.0),
                *marks,
                class_=kind,
                data_curve=place,
                transform=f"translate({shift:.0f} 0)",
            )
        )
        chips.append(_chip(place, name, slot))
    height = _TOP + _PLOT + 42
    drawing = tag("svg", *body, viewBox=f"0 0 {WIDTH} {height}", role="img", class_="chart",
                  aria_label=f"{title}; the figures follow as a table")  # fmt: skip
    names = {name: name for name in present}
    rows = figures(cells, steps, present, names, (x_label, by))
    told = tag("p", f"{MOST} at most; a name shows or hides its curve.", class_="small needs-script")
    choice = tag("div", told, tag("div", *chips, class_="chips"))
    return tag("figure", tag("figcaption", title), tag("div", drawing, choice, class_="pick"), rows)


def _chip(place: int, name: str, slot: int | None) -> Html:
    mark = tag("svg", marker(place, 8, 8), viewBox="0 0 16 16", width=14, height=14, aria_hidden="true")
    pressed = "false" if slot is None else "true"
    kind = None if slot is None else f"series-{slot}"
    return tag("button", mark, " ", name, type="button", data_curve=place, aria_pressed=pressed, class_=kind)


def _across(at: float, steps: Sequence[float]) -> float:
    """Horizontal place of a step; the ends keep room for marks that stand side by side."""
    first, last = _LEFT + 26, WIDTH - _RIGHT - 26
    if steps[0] == steps[-1]:
        return (first + last) / 2
    return first + (at - steps[0]) / (steps[-1] - steps[0]) * (last - first)


def _up(value: float, top: float) -> float:
    return _TOP + _PLOT * (1 - min(max(value / top, 0.0), 1.0))


def _y_axis(top: float, *, percent_scale: bool) -> Html:
    lines = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = _up(share * top, top)
        name = f"{100 * share * top:.0f} %" if percent_scale else number(share * top)
        lines.append(
            tag("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=y, y2=y, class_="base" if share == 0 else "grid")
        )
        lines.append(tag("text", name, x=_LEFT - 6, y=y + 4, text_anchor="end"))
    return join(*lines)


def _x_axis(steps: Sequence[float], label: str) -> Html:
    y = _TOP + _PLOT
    names, free = [], 0.0
    for at in steps:  # where steps stand close, a name that would run into the one before it is left out
        if (px := _across(at, steps)) >= free:
            names.append(tag("text", number(at), x=px, y=y + 18, text_anchor="middle"))
            free = px + _NAME
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    return join(*names, tag("text", label, x=middle, y=y + 36, text_anchor="middle", class_="axis"))


def _path(drawn: Sequence[tuple[float, Result]], top: float) -> Html:
    """Straight lines between neighbouring points; a figure that is not a number leaves a gap."""
    solid = [(px, _up(result.value, top), isnan(result.value)) for px, result in drawn]
    pieces = [
        tag("line", x1=a[0], y1=a[1], x2=b[0], y2=b[1], class_="curve")
        for a, b in pairwise(solid)
        if not (a[2] or b[2])
    ]
    return join(*pieces)


def _point(px: float, result: Result, top: float, index: int, label: str, x: str) -> Html | None:
    if isnan(result.value):
        return None
    span = interval(result)
    whisker = None
    if span is not None:
        low, high = _up(span.low, top), _up(span.high, top)
        whisker = tag("path", d=f"M{px - 3:.1f} {high:.1f}h6m-3 0V{low:.1f}m-3 0h6", class_="whisker")
    says = tag("title", f"{label} {result.condition[x]}: {sentence(result)}")
    return join(whisker, marker(index, px, _up(result.value, top), says))
