"""One rate (or number) a row on a common scale, with its interval: the smallest honest before and after."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from windward.reports.chart_frame import WIDTH, sentence
from windward.reports.intervals import interval
from windward.reports.markup import Html, join, tag
from windward.reports.parts import marker
from windward.reports.wording import number, percent
from windward.rows import Result

_LEFT, _RIGHT, _ROW = 8, 70, 38


def range_chart(rows: Sequence[tuple[int, str, Result]], *, title: str, most: float | None = None) -> Html:
    """A mark and an interval a row.

    Args:
        rows: (index of the series' colour, name, a result that is a rate, or with `most` a number).
        title: what the drawing shows, for who cannot see it.
        most: end of a scale of numbers, which begins at 0; without it the scale goes to 100 %.
    """
    height = len(rows) * _ROW + 22
    body = [_scale(height - 22, most), *(_row(place, most, *row) for place, row in enumerate(rows))]
    said = "; ".join(f"{name}: {sentence(result)}" for _, name, result in rows)
    return tag("svg", *body, viewBox=f"0 0 {WIDTH} {height}", role="img", aria_label=f"{title}. {said}",
               class_="chart range")  # fmt: skip


def _across(rate: float) -> float:
    return _LEFT + min(max(rate, 0.0), 1.0) * (WIDTH - _LEFT - _RIGHT)


def _scale(bottom: float, most: float | None) -> Html:
    lines = (
        tag("line", x1=_across(rate), x2=_across(rate), y1=0, y2=bottom, class_="grid")
        for rate in (0, 0.25, 0.5, 0.75, 1)
    )
    names = (
        tag("text", f"{100 * rate:.0f} %" if most is None else number(rate * most), x=_across(rate), y=bottom + 16,
            text_anchor=anchor)
        for rate, anchor in ((0, "start"), (0.5, "middle"), (1, "middle"))
    )  # fmt: skip
    return join(*lines, *names)


def _row(place: int, most: float | None, index: int, name: str, result: Result) -> Html | None:
    if isnan(result.value):
        return None
    y = place * _ROW + 26
    span, end = interval(result), most or 1.0
    whisker = None
    if span is not None:
        low, high = _across(span.low / end), _across(span.high / end)
        whisker = tag("path", d=f"M{low:.1f} {y - 4}v8m0 -4H{high:.1f}m0 -4v8", class_="whisker")
    label = tag("text", name, x=_LEFT + 4, y=y - 12, class_="row-name")
    shown = percent(result.value) if most is None else number(result.value)
    value = tag("text", shown, x=WIDTH - 2, y=y + 4, text_anchor="end", class_="value")
    says = tag("title", f"{name}: {sentence(result)}")
    return tag(
        "g",
        label,
        whisker,
        marker(index, _across(result.value / end), y, says),
        value,
        class_=f"series-{index}",
    )
