"""From one rate to another, an arrow a row, with the interval of the difference: what something added did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from windward.reports.chart_frame import WIDTH
from windward.reports.intervals import Interval
from windward.reports.markup import Html, join, tag
from windward.reports.wording import percent, points, points_range

_LEFT, _RIGHT, _ROW, _HEAD = 8, 12, 40, 6


@dataclass(frozen=True)
class Arrow:
    """One row.

    Attributes:
        name: what it is about.
        before: the rate that it starts from.
        after: the rate that it ends in.
        change: 95 % interval of the difference; None where there is none.
    """

    name: str
    before: float
    after: float
    change: Interval | None

    @property
    def direction(self) -> str:
        """`better` or `worse` where the interval leaves zero out, else `unclear`."""
        if self.change is None or self.change.low <= 0 <= self.change.high:
            return "unclear"
        return "better" if self.change.low > 0 else "worse"


def arrow_chart(arrows: Sequence[Arrow], *, title: str) -> Html:
    """Arrows on a common scale from 0 to 100 %; the band around a head is the interval of the difference.

    Args:
        arrows: in the order of their rows.
        title: what the drawing shows, for who cannot see it.
    """
    bottom = len(arrows) * _ROW + 6
    body = [_scale(bottom), *(_row(place, arrow) for place, arrow in enumerate(arrows))]
    said = "; ".join(_sentence(arrow) for arrow in arrows)
    return tag("svg", *body, viewBox=f"0 0 {WIDTH} {bottom + 22}", role="img", aria_label=f"{title}. {said}",
               class_="chart arrows")  # fmt: skip


def _across(rate: float) -> float:
    return _LEFT + min(max(rate, 0.0), 1.0) * (WIDTH - _LEFT - _RIGHT)


def _scale(bottom: float) -> Html:
    rates = (0.0, 0.25, 0.5, 0.75, 1.0)
    lines = (
        tag("line", x1=_across(rate), x2=_across(rate), y1=0, y2=bottom, class_="grid") for rate in rates
    )
    ends = {0.0: "start", 1.0: "end"}
    names = (
        tag(
            "text",
            f"{100 * rate:.0f} %",
            x=_across(rate),
            y=bottom + 16,
            text_anchor=ends.get(rate, "middle"),
        )
        for rate in rates
    )
    return join(*lines, *names)


def _row(place: int, arrow: Arrow) -> Html:
    y = place * _ROW + 30
    start, end = _across(arrow.before), _across(arrow.after)
    band = None
    if arrow.change is not None:
        low, high = (_across(arrow.before + limit) for limit in arrow.change)
        band = tag("rect", x=low, y=y - 5, width=max(high - low, 1.0), height=10, class_="band")
    # A head longer than its arrow would hide where it comes from.
    head = min(_HEAD, abs(end - start)) * (1 if end >= start else -1)
    return tag(
        "g",
        tag("text", arrow.name, x=_LEFT, y=y - 12, class_="row-name"),
        tag("text", _told(arrow), x=WIDTH - _RIGHT, y=y - 12, text_anchor="end", class_="value"),
        band,
        tag("line", x1=start, x2=end, y1=y, y2=y, class_="shaft"),
        tag("circle", cx=start, cy=y, r=3, class_="tail"),
        tag("path", d=f"M{end:.1f} {y}l{-head:.1f} -5v10z", class_="head"),
        tag("title", _sentence(arrow)),
        class_=f"arrow-{arrow.direction}",
    )


def _told(arrow: Arrow) -> str:
    return points(arrow.after - arrow.before).replace("\u00a0points", "")


def _sentence(arrow: Arrow) -> str:
    change = points(arrow.after - arrow.before)
    return (
        f"{arrow.name}: from {percent(arrow.before)} to {percent(arrow.after)}, {change} "
        f"(95 % interval {points_range(arrow.change)})"
    )
