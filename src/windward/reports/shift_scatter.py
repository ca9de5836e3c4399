"""Scores out of distribution over scores in distribution, with the shape that was fitted and its band."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

from windward.reports.chart_frame import WIDTH, framed
from windward.reports.intervals import Interval
from windward.reports.markup import Html, join, tag
from windward.reports.parts import disclosure, marker, table
from windward.reports.shift_matrix import shortened
from windward.reports.wording import percent, percent_range

_LEFT, _RIGHT, _TOP, _PLOT = 44, 12, 26, 250
Place = Callable[[float, float], tuple[float, float]]
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)


@dataclass(frozen=True)
class Scored:
    """A trained model.

    Attributes:
        series: what its point is coloured by.
        told: what it is, in words.
        across: score in distribution.
        up: score out of it.
        spread: 95 % interval of the latter; None where it is not known.
    """

    series: str
    told: str
    across: float
    up: float
    spread: Interval | None


@dataclass(frozen=True)
class Shape:
    """What was fitted.

    Attributes:
        line: score in distribution, forecast, and the ends of its interval, from left to right.
        knee: where it is, with its interval; None for a shape without one.
        shown: whether a type was named; else the shape is drawn dashed.
    """

    line: Sequence[tuple[float, float, float, float]]
    knee: tuple[float, Interval] | None
    shown: bool


@dataclass(frozen=True)
class _Axis:
    """A part of the scores, in whole steps."""

    low: float
    high: float
    step: float

    @classmethod
    def around(cls, values: Sequence[float]) -> _Axis:
        least, most = min(values), max(values)
        step = next((one for one in _STEPS if (most - least) / one <= 6), _STEPS[-1])
        low, high = floor(least / step + 1e-9) * step, ceil(most / step - 1e-9) * step
        return cls(low, high if high > low else low + step, step)

    @property
    def ticks(self) -> list[float]:
        return [
            self.low + place * self.step for place in range(round((self.high - self.low) / self.step) + 1)
        ]

    def share(self, value: float) -> float:
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


def scatter_chart(
    points: Sequence[Scored],
    shape: Shape | None,
    *,
    series: Mapping[str, str],
    title: str,
    axes: tuple[str, str],
) -> Html:
    """A point a model; the fitted shape with the interval of one further model; dashed, where both scores are equal.

    Args:
        points: of all series.
        shape: None where none was fitted.
        series: their values to the names shown, in the order of their colours.
        title: what the figure shows.
        axes: names of the score in distribution and of the one out of it.
    """
    across = _Axis.around([point.across for point in points])
    up = _Axis.around([point.up for point in points] + [line[1] for line in (shape.line if shape else ())])

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            _LEFT + across.share(x) * (WIDTH - _LEFT - _RIGHT),
            _TOP + (1 - up.share(y)) * _PLOT,
        )

    body = [_frame(across, up, axes), *_diagonal(across, up, place)]
    if shape is not None:
        body.append(_shape(shape, place))
    order = list(series)
    present = [name for name in order if any(point.series == name for point in points)]
    for name in present:
        own = [point for point in points if point.series == name]
        marks = [
            marker(order.index(name), *place(one.across, one.up), tag("title", _says(one))) for one in own
        ]
        body.append(tag("g", *marks, class_=f"series-{order.index(name)}", opacity=0.85))
    lines = [
        (one.told, percent(one.across), percent(one.up), percent_range(one.spread))
        for one in sorted(points, key=lambda one: (order.index(one.series), one.across))
    ]
    names = ("model", "in distribution", "out of it", "95 % interval")
    told = disclosure("The points", tag("div", table(names, lines, numeric=(1, 2, 3)), class_="dense"))
    return framed(body, _TOP + _PLOT + 42, title, present, series, told)


def _says(point: Scored) -> str:
    spread = "" if point.spread is None else f" ({percent_range(point.spread)})"
    return f"{point.told}: {percent(point.across)} in distribution, {percent(point.up)}{spread} out of it"


def _frame(across: _Axis, up: _Axis, axes: tuple[str, str]) -> Html:
    right, bottom = WIDTH - _RIGHT, _TOP + _PLOT
    parts = []
    for place, at in enumerate(up.ticks):
        y = _TOP + (1 - up.share(at)) * _PLOT
        parts.append(tag("line", x1=_LEFT, x2=right, y1=y, y2=y, class_="base" if place == 0 else "grid"))
        parts.append(tag("text", f"{100 * at:.0f} %", x=_LEFT - 6, y=y + 4, text_anchor="end"))
    for place, at in enumerate(across.ticks):
        x = _LEFT + across.share(at) * (right - _LEFT)
        anchor = "end" if place == len(across.ticks) - 1 else "middle"
        parts.append(tag("line", x1=x, x2=x, y1=bottom, y2=bottom + 4, class_="base"))
        parts.append(tag("text", f"{100 * at:.0f} %", x=x, y=bottom + 18, text_anchor=anchor))
    parts.append(tag("text", shortened(axes[1], WIDTH), x=2, y=12, class_="axis"))
    parts.append(
        tag(
            "text",
            shortened(axes[0], right - _LEFT),
            x=(_LEFT + right) / 2,
            y=bottom + 36,
            text_anchor="middle",
            class_="axis",
        )
    )
    return join(*parts)


def _diagonal(across: _Axis, up: _Axis, place: Place) -> list[Html]:
    low, high = max(across.low, up.low), min(across.high, up.high)
    if low >= high:
        return []
    (x1, y1), (x2, y2) = place(low, low), place(high, high)
    return [tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_="base", stroke_dasharray="2 4")]


def _shape(shape: Shape, place: Place) -> Html:
    drawn = [place(x, y) for x, y, _, _ in shape.line]
    edge = [place(x, low) for x, _, low, _ in shape.line] + [
        place(x, high) for x, _, _, high in reversed(shape.line)
    ]
    band = tag("path", d=_path(edge) + "z", class_="band")
    line = tag(
        "path", d=_path(drawn), class_="shaft", fill="none", stroke_dasharray=None if shape.shown else "6 4"
    )
    knee = None
    if shape.knee is not None:
        at, span = shape.knee
        bottom = _TOP + _PLOT
        x, left, right = (place(one, 0.0)[0] for one in (at, span.low, span.high))
        says = tag("title", f"knee at {percent(at)}, 95 % interval {percent_range(span)}")
        knee = join(
            tag("rect", says, x=left, y=bottom - 5, width=max(right - left, 1.0), height=5, class_="head"),
            tag("line", x1=x, x2=x, y1=_TOP, y2=bottom, class_="base", stroke_dasharray="1 3"),
        )
    return tag("g", band, knee, line, class_="arrow-unclear")


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
