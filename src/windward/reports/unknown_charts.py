"""Drawings of confidence: curves in the unit square, and how the values of two halves are spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from windward.reports.chart_frame import WIDTH, framed
from windward.reports.intervals import interval
from windward.reports.markup import Html, join, tag
from windward.reports.parts import disclosure, marker, table
from windward.reports.unknown_parts import signed
from windward.reports.unknown_table import told_number
from windward.reports.wording import number, percent, percent_range
from windward.rows import Result

_LEFT, _RIGHT, _TOP, _PLOT = 56, 12, 10, 220
_LOW = 110
_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Point:
    """A rate over another share.

    Attributes:
        across: in [0, 1].
        row: the rate, with its interval if it has one.
        n: what it is a rate of.
        told: what else its mark says.
    """

    across: float
    row: Result
    n: int
    told: str


def square_chart(
    curves: Mapping[str, Sequence[Point]],
    *,
    series: Mapping[str, str],
    title: str,
    axes: tuple[str, str],
    column: str,
    diagonal: bool = False,
    marks: bool = True,
) -> Html:
    """Rates over shares, both from 0 to 100 %.

    Args:
        curves: series to its points, in the order in which they are joined.
        series: names shown, in the order of their colours.
        title: what the figure shows.
        axes: names of the horizontal and the vertical axis.
        column: heading of the share in the table under it.
        diagonal: whether to draw where both are equal.
        marks: whether every point has a mark and its interval, or the curve only its ends.
    """
    body = [_square(axes)]
    if diagonal:
        body.append(
            tag("line", x1=_x(0), y1=_y(0), x2=_x(1), y2=_y(1), class_="base", stroke_dasharray="4 4")
        )
    present = [name for name in series if curves.get(name)]
    for name in present:
        index, points = list(series).index(name), curves[name]
        places = [(_x(one.across), _y(one.row.value), one) for one in points]
        lines = [tag("line", x1=a[0], y1=a[1], x2=b[0], y2=b[1], class_="curve") for a, b in pairwise(places)]
        marked = places if marks else [places[0], places[-1]] if len(places) > 1 else places
        drawn = [_point(index, series[name], *place) for place in marked]
        body.append(tag("g", *lines, *drawn, class_=f"series-{index}"))
    told = _points_told({series[name]: curves[name] for name in present}, column, axes[1])
    return framed(body, _TOP + _PLOT + 42, title, present, series, told)


def _points_told(curves: Mapping[str, Sequence[Point]], column: str, rate: str) -> Html:
    """The points as a table, without a column in which all is the same."""
    points = [(name, one) for name, some in curves.items() for one in some]
    cells: dict[str, list[str]] = {}
    if len(curves) > 1:
        cells[""] = [name for name, _ in points]
    cells[column] = [percent(one.across) for _, one in points]
    cells[rate] = [percent(one.row.value) for _, one in points]
    if any(interval(one.row) is not None for _, one in points):
        cells["95 % interval"] = [_interval(one.row) for _, one in points]
    cells["n"] = [f"{one.n:,}" for _, one in points]
    heads = tuple(cells)
    numeric = [place for place, name in enumerate(heads) if name]
    return disclosure("The figures", table(heads, zip(*cells.values(), strict=True), numeric=numeric))


def spread_chart(
    halves: Mapping[str, Sequence[Result]], *, series: Mapping[str, str], title: str, axis: str
) -> Html:
    """How the confidences of each half are spread: a stepped outline a half, equal areas being equal shares.

    Args:
        halves: series to its bins, each with `low_edge` and `high_edge` in its condition and a share as its value.
        series: names shown, in the order of their colours.
        title: what the figure shows.
        axis: name of the horizontal axis.
    """
    present = [name for name in series if halves.get(name)]
    bins = {name: sorted(halves[name], key=_edges) for name in present}
    low = min(_edges(one)[0] for rows in bins.values() for one in rows)
    high = max(_edges(one)[1] for rows in bins.values() for one in rows)
    top = max((_density(one) for rows in bins.values() for one in rows), default=0.0) or 1.0

    def across(value: float) -> float:
        return 8 + (WIDTH - 16) * ((value - low) / (high - low) if high > low else 0.5)

    def up(density: float) -> float:
        return _TOP + _LOW * (1 - density / top)

    body = [tag("line", x1=8, x2=WIDTH - 8, y1=_TOP + _LOW, y2=_TOP + _LOW, class_="base")]
    for step in range(5):
        at = low + (high - low) * step / 4
        anchor = "start" if step == 0 else "end" if step == 4 else "middle"
        body.append(tag("text", _tick(at), x=across(at), y=_TOP + _LOW + 16, text_anchor=anchor))
    body.append(tag("text", axis, x=WIDTH / 2, y=_TOP + _LOW + 33, text_anchor="middle", class_="axis"))
    for name, rows in bins.items():
        index = list(series).index(name)
        path = [f"M{across(_edges(rows[0])[0]):.1f} {up(0):.1f}"]
        path += [f"V{up(_density(one)):.1f}H{across(_edges(one)[1]):.1f}" for one in rows]
        outline = tag("path", d="".join([*path, f"V{up(0):.1f}"]), class_="whisker")
        most = max(rows, key=_density)
        middle = sum(_edges(most)) / 2
        says = tag("title", f"{series[name]}, most often {_range(most)}: {percent(most.value)}")
        body.append(
            tag(
                "g",
                outline,
                marker(index, across(middle), up(_density(most)), says),
                class_=f"series-{index}",
            )
        )
    lines = [
        (series[name], _range(one), percent(one.value), f"{one.n:,}")
        for name, rows in bins.items()
        for one in rows
    ]
    told = disclosure("The figures", table(("", "values", "share", "n"), lines, numeric=(2, 3)))
    return framed(body, _TOP + _LOW + 40, title, present, series, told)


def _interval(row: Result) -> str:
    span = interval(row)
    return "none" if span is None else percent_range(span)


def _edges(row: Result) -> tuple[float, float]:
    return told_number(row, "low_edge"), told_number(row, "high_edge")


def _density(row: Result) -> float:
    low, high = _edges(row)
    return row.value / (high - low) if high > low else row.value


def _range(row: Result) -> str:
    low, high = _edges(row)
    return f"{_tick(low)} to {_tick(high)}"


def _tick(value: float) -> str:
    """Two decimals at most, and no zero below zero."""
    return signed(number(round(value, 2) + 0.0))


def _x(share: float) -> float:
    return _LEFT + 8 + (WIDTH - _LEFT - _RIGHT - 16) * min(max(share, 0.0), 1.0)


def _y(share: float) -> float:
    return _TOP + _PLOT * (1 - min(max(share, 0.0), 1.0))


def _square(axes: tuple[str, str]) -> Html:
    parts = []
    for share in _SHARES:
        y = _y(share)
        parts.append(
            tag("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=y, y2=y, class_="base" if share == 0 else "grid")
        )
        parts.append(tag("text", f"{100 * share:.0f} %", x=_LEFT - 6, y=y + 4, text_anchor="end"))
        parts.append(
            tag("text", f"{100 * share:.0f} %", x=_x(share), y=_TOP + _PLOT + 16, text_anchor="middle")
        )
    bottom, middle = _TOP + _PLOT + 34, _TOP + _PLOT / 2
    parts.append(tag("text", axes[0], x=(_x(0) + _x(1)) / 2, y=bottom, text_anchor="middle", class_="axis"))
    turned = f"rotate(-90 9 {middle:.0f})"
    parts.append(tag("text", axes[1], x=9, y=middle, text_anchor="middle", transform=turned, class_="axis"))
    return join(*parts)


def _point(index: int, name: str, x: float, y: float, point: Point) -> Html:
    span = interval(point.row)
    whisker = None
    if span is not None:
        low, high = _y(span.low), _y(span.high)
        whisker = tag("path", d=f"M{x - 3:.1f} {high:.1f}h6m-3 0V{low:.1f}m-3 0h6", class_="whisker")
    says = tag(
        "title",
        f"{name}, {point.told}: {percent(point.row.value)}, 95 % interval {_interval(point.row)}, n = {point.n:,}",
    )
    return join(whisker, marker(index, x, y, says))
