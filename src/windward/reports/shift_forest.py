"""Differences with their intervals around zero, a row each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import Literal

from windward.reports.chart_frame import WIDTH, nice_ceiling
from windward.reports.intervals import Interval
from windward.reports.markup import Html, join, tag
from windward.reports.parts import figure
from windward.reports.shift_matrix import shortened
from windward.reports.wording import points, points_range

_LEFT, _RIGHT, _ROW = 10, 14, 38


@dataclass(frozen=True)
class Difference:
    """One row.

    Attributes:
        name: of what is compared.
        value: a difference of rates.
        span: its 95 % interval; None where there is none.
        is_loss: whether it is a difference of losses instead, of which less is better.
    """

    name: str
    value: float
    span: Interval | None
    is_loss: bool = False

    @property
    def direction(self) -> Literal["better", "worse", "unclear"]:
        """`better` or `worse` where the interval leaves zero out."""
        if self.span is None or not (self.span.low > 0 or self.span.high < 0):
            return "unclear"
        return "better" if (self.span.low > 0) != self.is_loss else "worse"


def widest(rows: Sequence[Difference]) -> float:
    """Half of a scale on which all rows have their place."""
    ends = [abs(end) for row in rows for end in (row.span or (row.value,))]
    return nice_ceiling(max(ends, default=0.0) or 0.01)


def forest_chart(rows: Sequence[Difference], *, title: str, half: float, below: object = None) -> Html:
    """A mark and an interval a row; in colour only where the interval leaves zero out.

    Args:
        rows: in their order.
        title: what the figure shows.
        half: the scale goes from minus this to plus this.
        below: what belongs under it.
    """

    def across(value: float) -> float:
        share = (min(max(value / half, -1.0), 1.0) + 1) / 2
        return _LEFT + share * (WIDTH - _LEFT - _RIGHT)

    bottom = len(rows) * _ROW + 4
    scale = [
        tag("line", x1=across(part * half), x2=across(part * half), y1=0, y2=bottom,
            class_="grid" if part else "base")
        for part in (-1, -0.5, 0, 0.5, 1)
    ]  # fmt: skip
    names = [
        tag("text", _tick(part * half, any(row.is_loss for row in rows)), x=across(part * half), y=bottom + 16,
            text_anchor=anchor)
        for part, anchor in ((-1, "start"), (-0.5, "middle"), (0, "middle"), (0.5, "middle"), (1, "end"))
    ]  # fmt: skip
    body = []
    for place, row in enumerate(rows):
        y = place * _ROW + 28
        span = None
        if row.span is not None:
            low, high = across(row.span.low), across(row.span.high)
            span = join(
                tag("line", x1=low, x2=high, y1=y, y2=y, class_="shaft"),
                tag("path", d=f"M{low:.1f} {y - 4}v8M{high:.1f} {y - 4}v8", class_="shaft"),
            )
        body.append(
            tag(
                "g",
                tag("text", shortened(row.name, WIDTH - 80), x=_LEFT, y=y - 12, class_="row-name"),
                tag("text", _signed(row), x=WIDTH - _RIGHT, y=y - 12, text_anchor="end", class_="value"),
                span,
                tag("circle", tag("title", _says(row)), cx=across(row.value), cy=y, r=4.5, class_="head"),
                class_=f"arrow-{row.direction}",
            )
        )
    said = "; ".join(_says(row) for row in rows)
    drawing = tag("svg", *scale, *names, *body, viewBox=f"0 0 {WIDTH} {bottom + 22}", role="img",
                  aria_label=f"{title}. {said}", class_="chart arrows")  # fmt: skip
    return figure(drawing, title, below)


def _signed(row: Difference) -> str:
    return signed_loss(row.value) if row.is_loss else points(row.value).replace("\u00a0points", "")


def _tick(change: float, is_loss: bool) -> str:
    return f"{change if is_loss else 100 * change:+g}".replace("-", "−") if change else "0"


def _says(row: Difference) -> str:
    if row.is_loss:
        return f"{row.name}: {signed_loss(row.value)} (95 % interval {loss_range(row.span)})"
    return f"{row.name}: {points(row.value)} (95 % interval {points_range(row.span)})"


def signed_loss(change: float) -> str:
    """A difference of losses, e.g. `−0.021`."""
    shown = "n/a" if isnan(change) else f"{change:+.3f}".replace("-", "−")
    return "0.000" if shown[1:] == "0.000" else shown


def loss_range(span: Interval | None) -> str:
    """An interval of a difference of losses, e.g. `−0.040 to +0.002`."""
    return "no interval" if span is None else f"{signed_loss(span.low)} to {signed_loss(span.high)}"
