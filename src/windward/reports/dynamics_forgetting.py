"""The part of the page on tasks learned one after the other: what was forgotten of each, and its loss as training went on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan

from windward.reports.dynamics_curves import step_chart
from windward.reports.dynamics_table import WHOLE, DynamicsTable, is_over_seeds, spread_over
from windward.reports.intervals import interval
from windward.reports.markup import Html, tag
from windward.reports.parts import disclosure, section, table
from windward.reports.shift_forest import Difference, forest_chart, loss_range, signed_loss, widest
from windward.reports.shift_pairs import in_pairs
from windward.reports.wording import counted, number
from windward.rows import Result, select


def forgetting_section(found: DynamicsTable) -> Html | None:
    """A card an arrangement with the forgetting of its tasks, and one with their curves; None without such rows."""
    by_task = _by_arrangement(found)
    if not by_task:
        return None
    half = widest([_difference(task, row) for some in by_task.values() for task, row in some.items()])
    cards = []
    for name, some in by_task.items():
        drawn = [_difference(task, row) for task, row in some.items() if not isnan(row.value)]
        if drawn:
            cards.append(
                tag("article", forest_chart(drawn, title=f"Forgetting: {name}", half=half), class_="card")
            )
        if curves := _curves(found, name):
            until = {task: step for task, step in _ends(found, name).items() if task in curves}
            cards.append(
                tag("article", step_chart(curves, f"Loss by task: {name}", until, "task"), class_="card")
            )
    return section(
        "Forgetting",
        tag("p", forgetting_sentence(found)),
        *in_pairs(cards),
        disclosure("The figures", _figures(by_task, found)),
        anchor="forgetting",
        lead="The final loss of a task minus the lowest at an earlier checkpoint, in nats a token: above zero something was forgotten. Not counted "
        "for what was learned last. The lowest of many checkpoints is low partly by chance, so a little above zero is no proof. Dotted: the step with the "
        "last training row of a task.",
    )


def forgetting_sentence(found: DynamicsTable) -> str:
    """Of how many tasks forgetting is shown after each arrangement; empty without such rows."""
    told = []
    by_task = _by_arrangement(found)
    for name, some in by_task.items():
        single = {task: row for task, row in some.items() if task != WHOLE} or some
        lost = [task for task, row in single.items() if _word(row) == "forgotten"]
        count = (
            f"{len(lost)} of {counted(len(single), 'task')}"
            if lost
            else f"none of {counted(len(single), 'task')}"
        )
        told.append(f"{f'{name}: ' if len(by_task) > 1 else ''}forgetting shown on {count}")
    sentence = "; ".join(told)
    return f"{sentence[0].upper()}{sentence[1:]}." if sentence else ""


def _by_arrangement(found: DynamicsTable) -> dict[str, dict[str, Result]]:
    """By arrangement and task, in the order in which tasks were learned; all together last."""
    tasks = list(dict.fromkeys(row.dataset for row in select(found.rows, metric="forgetting")))
    by_task: dict[str, dict[str, Result]] = {}
    for task in tasks:
        for name, row in found.single("forgetting", task).items():
            by_task.setdefault(name, {})[task] = row
    return {
        name: dict(
            sorted(some.items(), key=lambda one: (one[0] == WHOLE, _ends(found, name).get(one[0], 0.0)))
        )
        for name, some in by_task.items()
    }


def _ends(found: DynamicsTable, name: str) -> dict[str, float]:
    """The step with the last training row of a task, where all runs of the arrangement agree on it."""
    steps: dict[str, set[float]] = {}
    for row in select(found.rows, metric="forgetting"):
        learned = row.condition.get("learned")
        own = found.name_of(row) in (name, name.rpartition(", run ")[0])
        if own and isinstance(learned, int | float) and row.dataset != WHOLE:
            steps.setdefault(row.dataset, set()).add(float(learned))
    return {task: some.pop() for task, some in steps.items() if len(some) == 1}


def _curves(found: DynamicsTable, name: str) -> dict[str, list[Result]]:
    """The losses of one arrangement, a task a curve."""
    every = {task: found.curves("loss", task).get(name, []) for task in found.tasks}
    return {task: rows for task, rows in every.items() if rows}


def _difference(task: str, row: Result) -> Difference:
    return Difference("all of these" if task == WHOLE else task, row.value, interval(row), is_loss=True)


def _word(row: Result) -> str:
    if isnan(row.value):
        return "not measured"
    span = interval(row)
    if span is None or not (span.low > 0 or span.high < 0):
        return "no forgetting shown"
    return "forgotten" if span.low > 0 else "lower than ever before"


def _figures(by_task: Mapping[str, Mapping[str, Result]], found: DynamicsTable) -> Html:
    lines: list[Sequence[str]] = []
    for name, some in by_task.items():
        ends = _ends(found, name)
        lines += [
            (name, "all of these" if task == WHOLE else task, number(ends[task]) if task in ends else "", signed_loss(row.value),
             loss_range(interval(row)), spread_over(row), _word(row))
            for task, row in some.items()
        ]  # fmt: skip
    singles = [
        row
        for row in select(found.rows, metric="forgetting")
        if not is_over_seeds(row) and "seed" in row.condition
    ]
    runs = [
        (found.name_of(row), str(row.condition["seed"]), "all of these" if row.dataset == WHOLE else row.dataset,
         signed_loss(row.value), loss_range(interval(row)))
        for row in singles
    ]  # fmt: skip
    names = ("arrangement", "task", "learned until step", "forgetting", "95 % interval", "over", "")
    shown = [tag("div", table(names, lines, numeric=(2, 3, 4)), class_="dense")]
    if len(runs) > len(lines):
        by_run = ("arrangement", "seed", "task", "forgetting", "95 % interval")
        shown.append(tag("div", table(by_run, runs, numeric=(3, 4), caption="Run by run"), class_="dense"))
    return tag("div", *shown)
