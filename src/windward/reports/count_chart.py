"""Counts as stacked horizontal bars: how many there are of each, and what they are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from windward.reports.chart_frame import WIDTH
from windward.reports.markup import Html, tag
from windward.reports.parts import disclosure, figure, legend, table

_HEIGHT, _STEP = 11, 34


def count_chart(counts: Mapping[str, Sequence[int]], *, series: Sequence[str], title: str) -> Html:
    """A bar for each name, made of one part a series, under the total.

    Args:
        counts: name to the counts of its parts, in the order of `series`.
        series: what the parts are, in the order of their colours.
        title: what the figure shows.
    """
    most = max((sum(parts) for parts in counts.values()), default=0) or 1
    body, y = [], 4.0
    for name, parts in counts.items():
        total = sum(parts)
        body.append(tag("text", name, tag("title", _told(parts, series)), x=2, y=y + 10, class_="group"))
        body.append(tag("text", f"{total:,}", x=WIDTH - 2, y=y + 10, class_="value", text_anchor="end"))
        x = 2.0
        for index, part in enumerate(parts, start=1):
            width = part * (WIDTH - 4) / most
            if part:
                bar = tag("rect", x=x, y=y + 15, width=width, height=_HEIGHT, class_="bar")
                body.append(tag("g", bar, class_=f"series-{index}"))
            x += width
        y += _STEP
    drawing = tag("svg", *body, viewBox=f"0 0 {WIDTH} {y:.0f}", role="img", class_="chart",
                  aria_label=f"{title}; the figures follow as a table")  # fmt: skip
    rows = [(name, *(f"{part:,}" for part in parts), f"{sum(parts):,}") for name, parts in counts.items()]
    headings = ("", *series, "all")
    figures = disclosure("The figures", table(headings, rows, numeric=range(1, len(headings))))
    return figure(drawing, title, legend(enumerate(series, start=1)), figures)


def _told(parts: Sequence[int], series: Sequence[str]) -> str:
    return ", ".join(f"{part:,} {name}" for part, name in zip(parts, series, strict=True))
