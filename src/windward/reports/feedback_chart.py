"""Mean scores on their scale, from its lowest to its highest value: a group of marks a name, each with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan

from windward.reports.chart_frame import WIDTH, sentence
from windward.reports.intervals import interval
from windward.reports.markup import Html, cut_middle, join, tag
from windward.reports.parts import figure, legend, marker
from windward.rows import Result

_LEFT, _RIGHT, _LINE, _HEAD, _FOOT = 10, 44, 13, 20, 22
_NAME = 52
"""Characters of a name that fit across."""


def score_chart(
    groups: Sequence[tuple[str, Mapping[str, Result]]],
    *,
    series: Mapping[str, tuple[int, str]],
    low: float,
    high: float,
    title: str,
) -> Html:
    """A line a mark, the marks of one name under it.

    Args:
        groups: name, and its results by series; what a name lacks is left out.
        series: what marks stand for: key to (index of the colour and shape, name), in the order of the lines.
        low: lowest value of the scale.
        high: highest value of the scale.
        title: what the figure shows.
    """
    body: list[Html] = []
    y = 4.0
    for name, found in groups:
        body.append(tag("text", _short(name), x=2, y=y + 12, class_="group"))
        y += _HEAD
        for key, (index, said) in series.items():
            if key in found and not isnan(found[key].value):
                body.append(_mark(found[key], y, index, f"{name}, {said}", (low, high)))
                y += _LINE
        y += 7
    drawing = tag("svg", _scale(y, low, high), *body, viewBox=f"0 0 {WIDTH} {y + _FOOT:.0f}", role="img", class_="chart",
                  aria_label=f"{title}; the figures are in the table")  # fmt: skip
    present = {key for _, found in groups for key in found}
    return figure(drawing, title, legend(series[key] for key in series if key in present))


def _across(value: float, scale: tuple[float, float]) -> float:
    low, high = scale
    share = (min(max(value, low), high) - low) / (high - low)
    return _LEFT + share * (WIDTH - _LEFT - _RIGHT)


def _mark(result: Result, y: float, index: int, label: str, scale: tuple[float, float]) -> Html:
    span = interval(result)
    middle = y + _LINE / 2 - 1
    whisker = None
    if span is not None:
        ends = _across(span.low, scale), _across(span.high, scale)
        whisker = tag("path", d=f"M{ends[0]:.1f} {middle:.1f}H{ends[1]:.1f}", class_="whisker")
    says = tag("title", f"{label}: {sentence(result)}")
    value = tag("text", f"{result.value:.2f}", x=WIDTH - 2, y=middle + 4, text_anchor="end", class_="value")
    return tag(
        "g",
        whisker,
        marker(index, _across(result.value, scale), middle, says),
        value,
        class_=f"series-{index}",
    )


def _scale(bottom: float, low: float, high: float) -> Html:
    steps = int(high - low)
    values = [low + step for step in range(steps + 1)]
    lines = (
        tag(
            "line",
            x1=_across(value, (low, high)),
            x2=_across(value, (low, high)),
            y1=0,
            y2=bottom,
            class_="grid",
        )
        for value in values
    )
    names = (
        tag("text", f"{value:g}", x=_across(value, (low, high)), y=bottom + 15, text_anchor="middle") for value in values
    )  # fmt: skip
    return join(*lines, *names)


def _short(name: str) -> str:
    return name if len(name) <= _NAME else " ".join(cut_middle(name, _NAME - 30).split())
