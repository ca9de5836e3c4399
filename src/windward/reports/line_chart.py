"""Curves with intervals over a numeric condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from math import ceil, floor, isnan, log10
from typing import NamedTuple

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
_PARTS = 6
_LETTER = 6.5
_CLEAR = 16
"""Units between the marks of one curve at least, where its intervals are a band."""


class Ends(NamedTuple):
    """The ends of a vertical axis, and the step between its lines."""

    low: float
    high: float
    step: float


class _Scale(NamedTuple):
    """The vertical axis: its ends, the step between its lines, whether it is read as percent, whether it was asked for."""

    low: float
    high: float
    step: float
    percent: bool
    given: bool


def round_ends(results: Sequence[Result]) -> Ends:
    """An axis of three to six equal round steps that holds all figures and intervals.

    It begins at 0 where the figures lie near it, else near the lowest: differences of a few hundredths in losses about 1
    would else be flat.
    """
    spans = [interval(row) or (row.value, row.value) for row in results if not isnan(row.value)]
    low, high = min((span[0] for span in spans), default=0.0), max((span[1] for span in spans), default=1.0)
    if all(map(is_rate, results)) and high > 0.75:
        return Ends(0.0, 1.0, 0.25)
    if 0 < low < (high - low) / 2:
        low = 0.0
    high = max(high, low + (high - low or abs(high) / 10 or 1.0))
    unit = 10.0 ** floor(log10((high - low) / 4))
    for step in (unit, 2 * unit, 2.5 * unit, 5 * unit, 10 * unit):
        first = floor(low / step + 1e-9)
        parts = ceil(high / step - first - 1e-9)
        if parts <= _PARTS:
            break
    return Ends(first * step, (first + parts) * step, step)


def line_chart(
    results: Sequence[Result],
    *,
    x: str,
    by: str,
    series: Mapping[str, str],
    title: object,
    x_label: str,
    ends: Ends | None = None,
    band: bool = False,
    until: Mapping[str, float] | None = None,
    numbers: Html | None = None,
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
        ends: of the vertical axis, see `round_ends`; without them it goes from 0 to a round number.
        band: whether the intervals of a curve are one band and its points stand where they belong: for many points.
        until: series to a place on the horizontal axis, where a dashed line of its colour is drawn.
        numbers: what stands under the drawing instead of the figures as a table.

    Raises:
        ValueError: two rows for one point, or a row without one of the conditions.
    """
    cells = cells_of(results, x, by, float)
    steps = sorted({at for at, _ in cells})
    is_percent = all(map(is_rate, results))
    scale = _scale(ends, 1.0 if is_percent else nice_ceiling(highest(results)), is_percent)
    body = [_y_axis(scale), _x_axis(steps, x_label)]
    order = list(series)
    present = present_in(cells, order)
    for rank, name in enumerate(present):
        dodge = 0.0 if band else (rank - (len(present) - 1) / 2) * _DODGE
        drawn = [(_across(at, steps) + dodge, cells[at, name]) for at in steps if (at, name) in cells]
        label, index = f"{series[name]}, {x_label}", order.index(name)
        ended = _until(_across(until[name], steps)) if until and name in until else None
        shade = _shade(len(present)) if band else None
        body.append(tag("g", ended, _curve(drawn, scale, index, label, x, shade), class_=f"series-{index}"))
    told = figures(cells, steps, present, series, (x_label, by)) if numbers is None else numbers
    return framed(body, _TOP + _PLOT + 42, title, present, series, told)


def pick_chart(
    results: Sequence[Result],
    *,
    x: str,
    by: str,
    series: Sequence[str],
    shown: Sequence[str],
    title: object,
    x_label: str,
    ends: Ends | None = None,
    band: bool = False,
    numbers: Html | None = None,
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
        ends: as of `line_chart`; without them the figures are rates.
        band: as of `line_chart`.
        numbers: as of `line_chart`.

    Raises:
        ValueError: as `line_chart`, or more than six are to be shown.
    """
    if len(shown) > MOST:
        raise ValueError(f"{len(shown)} curves cannot be told apart: show {MOST} at most")
    cells = cells_of(results, x, by, float)
    steps = sorted({at for at, _ in cells})
    present = present_in(cells, series)
    first = [name for name in present if name in shown]
    scale = _scale(ends, 1.0, ends is None or all(map(is_rate, results)))
    dodge = 0 if band else _DODGE
    body, chips = [_y_axis(scale), _x_axis(steps, x_label)], []
    for place, name in enumerate(present):
        slot = first.index(name) if name in first else None
        shift = 0.0 if slot is None else (slot - (len(first) - 1) / 2) * dodge
        drawn = [(_across(at, steps), cells[at, name]) for at in steps if (at, name) in cells]
        kind = "off" if slot is None else f"series-{slot}"
        body.append(
            tag(
                "g",
                _curve(drawn, scale, place, f"{name}, {x_label}", x, _shade(MOST) if band else None),
                class_=kind,
                data_curve=place,
                transform=f"translate({shift + 0.0:.0f} 0)",
            )
        )
        chips.append(_chip(place, name, slot))
    height = _TOP + _PLOT + 42
    drawing = tag("svg", *body, viewBox=f"0 0 {WIDTH} {height}", role="img", class_="chart",
                  aria_label=f"{title}; the figures follow as a table")  # fmt: skip
    names = {name: name for name in present}
    rows = figures(cells, steps, present, names, (x_label, by)) if numbers is None else numbers
    told = tag("p", f"{MOST} at most; a name shows or hides its curve.", class_="small needs-script")
    choice = tag("div", told, tag("div", *chips, class_="chips"))
    shown_here = tag("div", drawing, choice, class_="pick", data_dodge=0 if band else None)
    return tag("figure", tag("figcaption", title), shown_here, rows)


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


def _scale(ends: Ends | None, top: float, is_percent: bool) -> _Scale:
    return _Scale(*(ends or (0.0, top, top / 4)), is_percent, ends is not None)


def _up(value: float, scale: _Scale) -> float:
    share = (value - scale.low) / (scale.high - scale.low)
    return _TOP + _PLOT * (1 - min(max(share, 0.0), 1.0))


def _y_axis(scale: _Scale) -> Html:
    lines = []
    for place in range(round((scale.high - scale.low) / scale.step) + 1):
        value = scale.low + place * scale.step
        y = _up(value, scale)
        kind = "base" if abs(value) < scale.step / 1e6 else "grid"
        lines.append(tag("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=y, y2=y, class_=kind))
        lines.append(tag("text", _tick(value, scale), x=_LEFT - 6, y=y + 4, text_anchor="end"))
    return join(*lines)


def _tick(value: float, scale: _Scale) -> str:
    if not scale.given:
        return f"{100 * value:.0f} %" if scale.percent else number(value)
    unit = 100 if scale.percent else 1
    step = scale.step * unit
    digits = next((digits for digits in range(16) if abs(round(step, digits) - step) < 1e-6 * step), 16)
    shown = f"{value * unit + 0.0:,.{digits}f}".replace("-", "−")
    return f"{shown} %" if scale.percent else shown


def _x_axis(steps: Sequence[float], label: str) -> Html:
    y = _TOP + _PLOT
    names, free = [], 0.0
    for at in steps:  # where steps stand close, a name that would run into the one before it is left out
        if (px := _across(at, steps)) >= free:
            names.append(tag("text", number(at), x=px, y=y + 18, text_anchor="middle"))
            free = px + max(_NAME, _LETTER * len(number(at)) + 4)
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    return join(*names, tag("text", label, x=middle, y=y + 36, text_anchor="middle", class_="axis"))


def _curve(
    drawn: Sequence[tuple[float, Result]], scale: _Scale, index: int, label: str, x: str, shade: float | None
) -> Html:
    """Band, lines and marks of one series; of a band only as many marks as have room, and one of each point without neighbours."""
    kept = range(len(drawn)) if shade is None else _marked(drawn)
    marks = (_point(*drawn[place], scale, index, label, x, whisker=shade is None) for place in kept)
    return join(None if shade is None else _band(drawn, scale, shade), _path(drawn, scale), *marks)


def _shade(curves: int) -> float:
    """How dark bands are: many lie over each other."""
    return 0.16 if curves <= MOST / 2 else 0.08


def _marked(drawn: Sequence[tuple[float, Result]]) -> list[int]:
    gap = min((b[0] - a[0] for a, b in pairwise(drawn)), default=_CLEAR)
    stride = ceil(_CLEAR / gap)
    there = [not isnan(row.value) for _, row in drawn]
    alone = [
        here and not any(there[max(at - 1, 0) : at] + there[at + 1 : at + 2]) for at, here in enumerate(there)
    ]
    return [at for at in range(len(drawn)) if at % stride == 0 or at == len(drawn) - 1 or alone[at]]


def _band(drawn: Sequence[tuple[float, Result]], scale: _Scale, shade: float) -> Html:
    """The intervals of neighbouring points as one area; of a point alone, its whisker."""
    pieces = []
    spans = [(px, interval(row)) for px, row in drawn]
    for there, group in groupby(spans, key=lambda one: one[1] is not None):
        edges = [(px, _up(span.low, scale), _up(span.high, scale)) for px, span in group if span is not None]
        if there and len(edges) == 1:
            pieces.append(_whisker(*edges[0]))
        elif there:
            around = [(px, high) for px, _, high in edges] + [(px, low) for px, low, _ in reversed(edges)]
            path = "M" + "L".join(f"{px:.1f} {y:.1f}" for px, y in around) + "z"
            pieces.append(tag("path", d=path, class_="bar", opacity=shade))
    return join(*pieces)


def _until(px: float) -> Html:
    return tag("line", x1=px, x2=px, y1=_TOP, y2=_TOP + _PLOT, class_="curve", stroke_dasharray="2 5")


def _path(drawn: Sequence[tuple[float, Result]], scale: _Scale) -> Html:
    """Straight lines between neighbouring points; a figure that is not a number leaves a gap."""
    solid = [(px, _up(result.value, scale), isnan(result.value)) for px, result in drawn]
    pieces = [
        tag("line", x1=a[0], y1=a[1], x2=b[0], y2=b[1], class_="curve")
        for a, b in pairwise(solid)
        if not (a[2] or b[2])
    ]
    return join(*pieces)


def _point(
    px: float, result: Result, scale: _Scale, index: int, label: str, x: str, *, whisker: bool
) -> Html | None:
    if isnan(result.value):
        return None
    span = interval(result) if whisker else None
    drawn = None if span is None else _whisker(px, _up(span.low, scale), _up(span.high, scale))
    says = tag("title", f"{label} {result.condition[x]}: {sentence(result)}")
    return join(drawn, marker(index, px, _up(result.value, scale), says))


def _whisker(px: float, low: float, high: float) -> Html:
    return tag("path", d=f"M{px - 3:.1f} {high:.1f}h6m-3 0V{low:.1f}m-3 0h6", class_="whisker")
