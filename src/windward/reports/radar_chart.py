"""Shares of several kinds on axes from one centre: a shape a series, as the paper of RobTest draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, isnan, pi, sin

from windward.reports.chart_frame import WIDTH, cells_of, figures, framed, present_in, sentence
from windward.reports.markup import Html, join, tag
from windward.reports.parts import marker
from windward.rows import Result

_HEIGHT, _RADIUS = 300, 104
_CENTRE = (WIDTH / 2, _HEIGHT / 2)
_RINGS = (0.25, 0.5, 0.75, 1.0)
_LINE = 12


def radar_chart(
    results: Sequence[Result], *, axis: str, by: str, series: Mapping[str, str], title: object
) -> Html:
    """A closed line a series through its share on every axis, and the figures under it.

    Args:
        results: rows of one metric, shares from 0 (the centre) to 1; one for each pair of `axis` and `by`.
        axis: condition key of the axes, clockwise from above in the order of the rows; each word of a name has its line.
        by: condition key that tells the series apart.
        series: value of `by` to the name shown, in the order of its colours; those without rows are left out.
        title: what the figure shows.

    Raises:
        ValueError: two rows for one point, or a row without one of the conditions.
    """
    cells = cells_of(results, axis, by, str)
    axes = list(dict.fromkeys(name for name, _ in cells))
    order = list(series)
    present = present_in(cells, order)
    body = [_web(axes)]
    for name in present:
        drawn = [(at, cells[one, name]) for at, one in enumerate(axes) if (one, name) in cells]
        marks = [
            _point(at, len(axes), found, order.index(name), f"{series[name]}, {axes[at]}")
            for at, found in drawn
        ]
        body.append(tag("g", _shape(drawn, len(axes)), *marks, class_=f"series-{order.index(name)}"))
    return framed(body, _HEIGHT, title, present, series, figures(cells, axes, present, series, (axis, by)))


def _place(at: int, count: int, share: float) -> tuple[float, float]:
    angle = 2 * pi * at / count
    return _CENTRE[0] + _RADIUS * share * sin(angle), _CENTRE[1] - _RADIUS * share * cos(angle)


def _web(axes: Sequence[str]) -> Html:
    """Rings at quarters, the axes and their names."""
    parts = []
    for share in _RINGS:
        corners = [_place(at, len(axes), share) for at in range(len(axes))]
        parts.append(tag("path", d=_outline(corners), class_="grid", fill="none"))
    for at, name in enumerate(axes):
        x, y = _place(at, len(axes), 1)
        parts.append(tag("line", x1=_CENTRE[0], y1=_CENTRE[1], x2=x, y2=y, class_="grid"))
        beyond, over = _place(at, len(axes), 1.1)
        side = "middle" if abs(beyond - _CENTRE[0]) < 12 else "start" if beyond > _CENTRE[0] else "end"
        lines = name.split(" ")
        for row, line in enumerate(lines):
            height = over + 4 + _LINE * (row - (len(lines) - 1) * (1 - _below(at, len(axes))))
            parts.append(
                tag("text", line, x=beyond, y=height, text_anchor=side, class_="axis" if not row else None)
            )
    for share in _RINGS[:-1]:
        parts.append(
            tag("text", f"{100 * share:.0f} %", x=_CENTRE[0] + 3, y=_CENTRE[1] - _RADIUS * share + 4)
        )
    return join(*parts)


def _below(at: int, count: int) -> float:
    """How far down an axis points: 0 above, 1 below."""
    return (1 - cos(2 * pi * at / count)) / 2


def _outline(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def _shape(drawn: Sequence[tuple[int, Result]], count: int) -> Html | None:
    points = [_place(at, count, found.value) for at, found in drawn if not isnan(found.value)]
    return tag("path", d=_outline(points), class_="curve", fill="none") if points else None


def _point(at: int, count: int, found: Result, index: int, label: str) -> Html | None:
    if isnan(found.value):
        return None
    return marker(index, *_place(at, count, found.value), tag("title", f"{label}: {sentence(found)}"))
