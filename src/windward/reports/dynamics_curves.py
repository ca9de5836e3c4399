"""The part of the page on curves: a figure against the step, an arrangement a curve, with gaps where nothing could be measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isnan

from windward.reports.dynamics_table import (
    METRICS,
    DynamicsTable,
    is_over_seeds,
    listed,
    range_told,
    shown,
    spread_over,
    step_of,
    value_told,
)
from windward.reports.intervals import interval
from windward.reports.line_chart import MOST, line_chart, pick_chart, round_ends
from windward.reports.markup import Html, join, tag
from windward.reports.parts import disclosure, section, table
from windward.reports.shift_pairs import in_pairs
from windward.reports.wording import counted, number
from windward.rows import Result

_SAID = 3
"""Losses that a sentence names at most."""
_DRAWN = 12
"""Tasks with drawings of their own at most; all of them stand in the table."""


def curves_section(found: DynamicsTable) -> Html | None:
    """A card a metric over all tasks, and each task to open; None without checkpoints."""
    cards = []
    for metric in METRICS:
        curves = found.curves(metric, found.whole)
        if curves:
            cards += _cards(curves, metric)
    tasks = [name for name in found.tasks if name != found.whole]
    if not cards and not tasks:
        return None
    unit = "Loss is the negative log-likelihood of the right answer in nats a token: less is better. "
    return section(
        "Curves",
        *_laid_out(found, cards),
        tag("p", _counted(found), class_="after"),
        _tasks(found, tasks) if tasks else None,
        anchor="curves",
        lead=f"{unit if found.curves('loss', found.whole) else ''}A curve is an arrangement, a point a checkpoint, the band its 95 % interval: "
        "over seeds where an arrangement was run with several, else over the tested rows of its one run.",
    )


def title_of(metric: str) -> str:
    """The name of a metric as a title."""
    name = METRICS[metric]
    return f"{name[0].upper()}{name[1:]}"


def end_sentence(found: DynamicsTable) -> str:
    """Where the losses stand at the last step that all arrangements have; empty without any."""
    ends = last_losses(found)
    if not ends:
        return ""
    step = counted(int(step_of(next(iter(ends.values())))), "step")
    told = [
        f"{value_told(row)} ({range_told(row)}){f' with {name}' if len(ends) > 1 else ''}" for name, row in ends.items()
    ]  # fmt: skip
    if len(told) > _SAID:
        lowest, highest = (some(ends.items(), key=lambda one: one[1].value) for some in (min, max))
        told = [f"between {value_told(lowest[1])} ({lowest[0]}) and {value_told(highest[1])} ({highest[0]})"]
    return f"After {step} the loss is {', '.join(told)}."


def last_losses(found: DynamicsTable) -> dict[str, Result]:
    """The losses at the last step that all arrangements were measured at."""
    curves = {
        name: {step_of(row): row for row in rows if not isnan(row.value)}
        for name, rows in found.curves("loss", found.whole).items()
    }
    curves = {name: rows for name, rows in curves.items() if rows}
    common = set.intersection(*map(set, curves.values())) if curves else set()
    return {name: rows[max(common)] for name, rows in curves.items()} if common else {}


def step_chart(
    curves: Mapping[str, Sequence[Result]],
    title: str,
    until: Mapping[str, float] | None = None,
    a_curve_is: str = "arrangement",
) -> Html:
    """A chart of curves against the step; of more than can be told apart the reader chooses."""
    rows = [
        replace(shown(row), condition=row.condition | {"curve": name})
        for name, some in curves.items()
        for row in some
    ]
    ends = round_ends(rows)
    title = title if ends.low <= 0 else f"{title} (the axis does not begin at 0)"
    names, told = list(curves), figures_of(curves, a_curve_is)
    if len(names) > MOST:
        drawn = pick_chart(rows, x="step", by="curve", series=names, shown=names[:MOST], title=title, x_label="step",
                           ends=ends, band=True, numbers=told)  # fmt: skip
    else:
        drawn = line_chart(rows, x="step", by="curve", series={name: name for name in names}, title=title,
                           x_label="step", ends=ends, band=True, until=until, numbers=told)  # fmt: skip
    gaps = _gaps(curves)
    return join(drawn, tag("p", gaps, class_="small") if gaps else None)


def figures_of(curves: Mapping[str, Sequence[Result]], a_curve_is: str) -> Html:
    """All points as text, with how many rows were tested and could not be measured."""
    lines = [
        (name, number(step_of(row)), with_range(row), spread_over(row), f"{row.n:,}", f"{row.unparsed:,}")
        for name, rows in curves.items()
        for row in rows
    ]
    names = (a_curve_is, "step", "value, 95 % interval", "interval over", "n", "not measured")
    return disclosure("The figures", tag("div", table(names, lines, numeric=(1, 2, 4, 5)), class_="dense"))


def _laid_out(found: DynamicsTable, cards: Sequence[Html]) -> Sequence[Html]:
    """In pairs, where curves need not be chosen: the names to choose by stand beside the drawing."""
    most = max((len(found.curves(metric, found.whole)) for metric in METRICS), default=0)
    return cards if most > MOST else in_pairs(cards)


def _cards(curves: Mapping[str, Sequence[Result]], metric: str) -> list[Html]:
    """The chart, and of losses a second one without step 0 where that step takes most of the first one's height."""
    title = title_of(metric)
    cards = [tag("article", step_chart(curves, title), class_="card")]
    later = {
        name: some for name, rows in curves.items() if (some := [row for row in rows if step_of(row) > 0])
    }
    if metric == "loss" and 0 < _height(later) < _height(curves) / 2:
        cards.append(tag("article", step_chart(later, f"{title} after step 0"), class_="card"))
    return cards


def _height(curves: Mapping[str, Sequence[Result]]) -> float:
    values = [row.value for rows in curves.values() for row in rows if not isnan(row.value)]
    return max(values) - min(values) if values else 0.0


def _gaps(curves: Mapping[str, Sequence[Result]]) -> str:
    """Which points have no figure, by arrangement."""
    lost = {name: [number(step_of(row)) for row in rows if isnan(row.value)] for name, rows in curves.items()}
    told = [
        f"{name} at step{'s' if len(steps) > 1 else ''} {listed(steps)}"
        for name, steps in lost.items()
        if steps
    ]
    return f"Not measured, so left out: {'; '.join(told)}." if told else ""


def _counted(found: DynamicsTable) -> str:
    """How many of all answers could not be measured."""
    rows = [row for row in found.checkpoints if row.dataset == found.whole and not is_over_seeds(row)]
    asked, lost = sum(row.n for row in rows), sum(row.unparsed for row in rows)
    if not lost:
        return f"Of {counted(asked, 'measurement')} none is missing."
    return (
        f"{lost:,} of {counted(asked, 'measurement')} could not be made. They are left out of the means and counted in the "
        "figures; where some are missing, a curve can move because it is the mean of other rows."
    )


def _tasks(found: DynamicsTable, tasks: Sequence[str]) -> Html:
    cards = []
    for metric in METRICS:
        for task in tasks[:_DRAWN]:
            if curves := found.curves(metric, task):
                cards.append(tag("article", step_chart(curves, f"{task}: {METRICS[metric]}"), class_="card"))
    note = f"The first {_DRAWN} tasks are drawn; the table has all." if len(tasks) > _DRAWN else None
    return disclosure(
        f"By task: {counted(len(tasks), 'task')}",
        tag("p", note, class_="small") if note else None,
        _last_by_task(found, tasks),
        *_laid_out(found, cards),
        class_="after",
    )


def _last_by_task(found: DynamicsTable, tasks: Sequence[str]) -> Html | None:
    """The last measured loss of each task, an arrangement a column."""
    ends: dict[str, dict[str, Result]] = {}
    for task in tasks:
        curves = found.curves("loss", task)
        ends[task] = {name: rows[-1] for name, rows in curves.items() if rows}
    names = list(dict.fromkeys(name for some in ends.values() for name in some))
    if not names:
        return None
    lines = [
        (task, *(with_range(some[name]) if name in some else "" for name in names))
        for task, some in ends.items()
    ]
    heads = ("task", *names)
    drawn = table(heads, lines, numeric=range(1, len(heads)), caption="Loss at the last step")
    return tag("div", drawn, class_="dense")


def with_range(row: Result) -> Html | str:
    """A figure over its interval, where it has one."""
    if interval(shown(row)) is None:
        return value_told(row)
    return join(value_told(row), tag("span", range_told(row), class_="spread"))
