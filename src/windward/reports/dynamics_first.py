"""The part of the page on where generalisation happens: the first step near the final figure, and the mean loss over the run."""

from __future__ import annotations

from math import isnan

from windward.reports.dynamics_table import (
    METRICS,
    DynamicsTable,
    range_told,
    spread_over,
    step_of,
    value_told,
)
from windward.reports.intervals import interval
from windward.reports.markup import Html, tag
from windward.reports.parts import section, table
from windward.reports.range_chart import range_chart
from windward.reports.shift_matrix import shortened
from windward.reports.shift_pairs import in_pairs
from windward.reports.wording import number
from windward.rows import Result, select

_COLOURS = 7


def first_section(found: DynamicsTable) -> Html | None:
    """A card a metric and threshold, and one of mean losses; None without such rows."""
    kinds = {
        (str(row.condition.get("of")), row.condition.get("within"))
        for row in select(found.rows, metric="first_step", dataset=found.whole)
    }
    ordered = sorted(
        kinds, key=lambda kind: (list(METRICS).index(kind[0]) if kind[0] in METRICS else 9, str(kind[1]))
    )
    cards = [_card(found, of, within) for of, within in ordered]
    if means := found.single("mean_loss", found.whole):
        cards.append(_means(means))
    if not cards:
        return None
    return section(
        "Where generalisation happens",
        *in_pairs(cards),
        anchor="first",
        lead="The first measured step at which a figure is as near to its final one as the title says; it can be no finer than the checkpoints lie "
        "apart. An arrangement that ends badly is soon near its end, so this stands beside the loss itself. Intervals: 95 %, over seeds, or by resampling "
        "the tested rows of a single run.",
    )


def _card(found: DynamicsTable, of: str, within: object) -> Html:
    rows = found.single("first_step", found.whole, of=of, within=within)
    near = f"{100 * within:g}\u00a0%" if isinstance(within, float) else str(within)
    title = f"First step within {near} of the final {METRICS.get(of, of)}"
    drawn = [
        (place if len(rows) <= _COLOURS else 0, shortened(name, 300), row)
        for place, (name, row) in enumerate(rows.items())
        if not isnan(row.value)
    ]
    most = max([*map(step_of, found.checkpoints), *(row.value for *_, row in drawn)], default=0.0) or 1.0
    lines = [[name, *_told(row), _rows_seen(row)] for name, row in rows.items()]
    heads = ["arrangement", "step", "95 % interval", "over", "rows seen"]
    if not any(line[-1] for line in lines):
        heads, lines = heads[:-1], [line[:-1] for line in lines]
    return tag(
        "article",
        tag("h3", title),
        range_chart(drawn, title=title, most=most) if drawn else None,
        tag("div", table(heads, lines, numeric=(1, 2, 4)[: len(heads) - 2]), class_="dense"),
        class_="card",
    )


def _rows_seen(row: Result) -> str:
    seen = row.condition.get("rows_seen")
    return _step(seen) if isinstance(seen, int | float) and not isnan(seen) else ""


def _step(value: float) -> str:
    """A step, or a mean of steps with one decimal."""
    return number(round(value, 1))


def _told(row: Result) -> tuple[str, str, str]:
    span = interval(row)
    value = "not measured" if isnan(row.value) else _step(row.value)
    return (
        value,
        f"{_step(max(span.low, 0.0))} to {_step(span.high)}" if span else "no interval",
        spread_over(row),
    )


def _means(rows: dict[str, Result]) -> Html:
    lines = [(name, value_told(row), range_told(row), spread_over(row)) for name, row in rows.items()]
    heads = ("arrangement", "mean loss", "95 % interval", "over")
    return tag(
        "article",
        tag("h3", "Mean loss over the run"),
        tag("p", "From the first step to the last, straight lines between checkpoints: it is low where the loss falls early and stays low.", class_="small"),
        tag("div", table(heads, lines, numeric=(1, 2)), class_="dense"),
        class_="card",
    )  # fmt: skip
