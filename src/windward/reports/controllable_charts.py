"""Two drawings of control: what was asked for against what came, and what is traded for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isnan

from windward.reports.chart_frame import WIDTH, cells_of, figures, framed, present_in, sentence
from windward.reports.intervals import interval
from windward.reports.markup import Html, join, tag
from windward.reports.parts import disclosure, marker, table
from windward.reports.wording import mean, number
from windward.rows import Result

_LEFT, _RIGHT, _TOP, _PLOT = 40, 16, 12, 250
_DODGE = 5


@dataclass(frozen=True)
class Scaled:
    """The levels along an axis."""

    low: float
    high: float

    def share(self, level: float) -> float:
        """Where a level lies, 0 at the low end and 1 at the high one."""
        if self.high == self.low:
            return 0.5
        return min(max((level - self.low) / (self.high - self.low), 0.0), 1.0)


@dataclass(frozen=True)
class Traded:
    """The mean levels that a policy reached under one condition.

    Attributes:
        series: value of the series that it belongs to.
        asked: the condition.
        across: level of the first objective.
        up: level of the second.
        front: whether no other point of the series is as good in both and better in one.
    """

    series: str
    asked: str
    across: float
    up: float
    front: bool


def realised_chart(results: Sequence[Result], *, series: Mapping[str, str], title: object) -> Html:
    """A curve a series from requested to realised level; on the diagonal what came is what was asked for.

    Args:
        results: rows with conditions `requested` (a number) and `method`.
        series: methods to the names shown, in the order of their colours.
        title: what the figure shows.

    Raises:
        ValueError: two rows for one point, or a row without one of the conditions.
    """
    cells = cells_of(results, "requested", "method", float)
    steps = sorted({at for at, _ in cells})
    scale, order = Scaled(steps[0], steps[-1]), list(series)
    present = present_in(cells, order)
    diagonal = tag("line", x1=_across(0), y1=_up(0), x2=_across(1), y2=_up(1), class_="base",
                   stroke_dasharray="4 4")  # fmt: skip
    body = [_axes(steps, steps, "requested level", "realised"), diagonal]
    for rank, name in enumerate(present):
        dodge = (rank - (len(present) - 1) / 2) * _DODGE
        drawn = [(at, cells[at, name]) for at in steps if (at, name) in cells]
        places = [
            (_across(scale.share(at)) + dodge, _up(scale.share(row.value)), row)
            for at, row in drawn
            if not isnan(row.value)
        ]
        lines = [tag("line", x1=a[0], y1=a[1], x2=b[0], y2=b[1], class_="curve") for a, b in pairwise(places)]
        marks = [_mark(order.index(name), series[name], scale, *place) for place in places]
        body.append(tag("g", *lines, *marks, class_=f"series-{order.index(name)}"))
    numbers = figures(cells, steps, present, series, ("requested", "method"))
    return framed(body, _TOP + _PLOT + 42, title, present, series, numbers)


def trade_chart(
    points: Sequence[Traded],
    *,
    series: Mapping[str, str],
    title: object,
    names: tuple[str, str],
    levels: Sequence[float],
) -> Html:
    """What each series reaches of two objectives; its Pareto front as steps, what lies behind it as dots.

    Args:
        points: of all series.
        series: their values to the names shown, in the order of their colours.
        title: what the figure shows.
        names: of the objective across and the one up.
        levels: of both.
    """
    scale, order = Scaled(levels[0], levels[-1]), list(series)
    body = [_axes(levels, levels, names[0], names[1])]
    present = [name for name in order if any(point.series == name for point in points)]
    for name in present:
        own = [point for point in points if point.series == name]
        front = sorted((point for point in own if point.front), key=lambda point: point.across)
        places = [(_across(scale.share(point.across)), _up(scale.share(point.up)), point) for point in front]
        steps = [
            tag("path", d=f"M{a[0]:.1f} {a[1]:.1f}V{b[1]:.1f}H{b[0]:.1f}", class_="whisker")
            for a, b in pairwise(places)
        ]
        dots = [
            tag("circle", tag("title", _says(series[name], names, point)), r=2,
                cx=_across(scale.share(point.across)), cy=_up(scale.share(point.up)), class_="mark")
            for point in own if not point.front
        ]  # fmt: skip
        marks = [
            marker(order.index(name), x, y, tag("title", _says(series[name], names, point)))
            for x, y, point in places
        ]
        body.append(tag("g", *steps, *dots, *marks, class_=f"series-{order.index(name)}"))
    rows = [
        (series[point.series], point.asked or "nothing", mean(point.across), mean(point.up))
        for point in sorted(points, key=lambda point: (order.index(point.series), point.across))
        if point.front
    ]
    fronts = disclosure("The fronts", table(("method", "asked for", *names), rows, numeric=(2, 3)))
    return framed(body, _TOP + _PLOT + 42, title, present, series, fronts)


def _says(name: str, names: tuple[str, str], point: Traded) -> str:
    reached = f"{names[0]} {mean(point.across)}, {names[1]} {mean(point.up)}"
    return f"{name}, asked for {point.asked or 'nothing'}: {reached}"


def _mark(index: int, name: str, scale: Scaled, x: float, y: float, row: Result) -> Html:
    span = interval(row)
    whisker = None
    if span is not None:
        low, high = _up(scale.share(span.low)), _up(scale.share(span.high))
        whisker = tag("path", d=f"M{x - 3:.1f} {high:.1f}h6m-3 0V{low:.1f}m-3 0h6", class_="whisker")
    says = tag("title", f"{name}, requested {row.condition['requested']}: {sentence(row)}")
    return join(whisker, marker(index, x, y, says))


def _across(share: float) -> float:
    first, last = _LEFT + 20, WIDTH - _RIGHT - 20
    return first + share * (last - first)


def _up(share: float) -> float:
    return _TOP + 8 + (_PLOT - 16) * (1 - share)


def _axes(across: Sequence[float], up: Sequence[float], label: str, side: str) -> Html:
    parts = []
    for level in up:
        y = _up(Scaled(up[0], up[-1]).share(level))
        parts.append(tag("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=y, y2=y, class_="grid"))
        parts.append(tag("text", number(level), x=_LEFT - 6, y=y + 4, text_anchor="end"))
    for level in across:
        x = _across(Scaled(across[0], across[-1]).share(level))
        parts.append(tag("text", number(level), x=x, y=_TOP + _PLOT + 16, text_anchor="middle"))
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    parts.append(tag("text", label, x=middle, y=_TOP + _PLOT + 34, text_anchor="middle", class_="axis"))
    height = _TOP + _PLOT / 2
    turned = f"rotate(-90 12 {height:.0f})"
    parts.append(tag("text", side, x=12, y=height, text_anchor="middle", transform=turned, class_="axis"))
    return join(*parts)
