"""Horizontal bars with intervals, grouped by a condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from windward.reports.intervals import Interval, interval
from windward.reports.markup import Html, tag
from windward.reports.wording import figure as worded
from windward.rows import Result

_BAR, _ROW = 9, 15


def bar_chart(
    results: Sequence[Result],
    *,
    category: str,
    by: str,
    series: Mapping[str, str],
    title: object,
    names: Mapping[str, str] | None = None,
) -> Html:
    """A group of horizontal bars for each category, one bar a series, largest group first.

    Args:
        results: rows of one metric and split; one for each pair of `category` and `by`.
        category: condition key that names the groups, e.g. `error_kind`.
        by: condition key that tells the bars of a group apart.
        series: value of `by` to the name shown, for all that the page draws, in the order of its colours.
        title: what the figure shows.
        names: what a category is called on the page, where its value says too little.

    Raises:
        ValueError: two rows for one bar, or a row without one of the conditions.
    """
    cells = cells_of(results, category, by, str)
    order = list(series)
    present = present_in(cells, order)
    groups = sorted({name for name, _ in cells}, key=lambda name: (-_peak(cells, name), name))
    top = nice_ceiling(highest(results))
    body, y = [], 4.0
    for group in groups:
        body.append(tag("text", (names or {}).get(group, group), x=2, y=y + 11, class_="group"))
        y += 17
        for name in present:
            if (group, name) in cells:
                body.append(_bar(cells[group, name], y, top, order.index(name), f"{group}, {series[name]}"))
                y += _ROW
        y += 9
    body = [tag("g", *body, class_="bars")]
    return framed(body, y, title, present, series, figures(cells, groups, present, series, (category, by)))


def _peak(cells: dict[tuple[str, str], Result], group: str) -> float:
    return max(result.value for (name, _), result in cells.items() if name == group)


def _bar(result: Result, y: float, top: float, index: int, label: str) -> Html:
    span = interval(result)
    scale = (WIDTH - 92) / top
    length = 0.0 if isnan(result.value) else result.value * scale
    says = tag("title", f"{label}: {sentence(result)}")
    bar = tag("rect", says, x=2, y=y, width=max(length, 0.5), height=_BAR, class_="bar")
    end = max(length, span.high * scale if span else 0.0)
    value = tag("text", worded(result), x=end + 10, y=y + _BAR, class_="value")
    return tag("g", bar, _whisker_across(span, scale, y), value, class_=f"series-{index}")


def _whisker_across(span: Interval | None, scale: float, y: float) -> Html | None:
    if span is None:
        return None
    low, high = 2 + max(span.low, 0.0) * scale, 2 + span.high * scale
    return tag("path", d=f"M{low:.1f} {y + 2:.1f}v5m0 -2.5H{high:.1f}m0 -2.5v5", class_="whisker")
