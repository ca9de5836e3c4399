"""The part of the page on tasks learned one after the other: what was forgotten of each, and its loss as training went on."""

from __future__ import annotations

from collections.abc import Mapping
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

_FORGOTTEN, _NONE, _BETTER, _LOST = (
    "forgotten",
    "no forgetting shown",
    "lower than ever before",
    "not measured",
)


def forgetting_section(found: DynamicsTable) -> Html | None:
    """A card an arrangement with the forgetting of its tasks, and one with their curves; None without such rows."""
    by_task = _by_arrangement(found)
    if not by_task:
        return None
    half = widest([_difference(task, row) for some in by_task.values() for task, row in some.items()])
    cards, others = [], []
    seldom = _in_some_seeds(found, by_task)
    for name, some in by_task.items():
        drawn = [_difference(task, row) for task, row in some.items() if not isnan(row.value)]
        forest = (
            forest_chart(drawn, title=f"Forgetting: {name}", half=half) if drawn else tag("p", _not(name))
        )
        first, *more = [*_curves(found, name), None]
        cards += [tag("article", forest, class_="card"), tag("article", first, class_="card")]
        others += [tag("article", one, class_="card") for one in more if one is not None]
    if others:
        others = [disclosure("The same for the other seeds", *in_pairs(others))]
    return section(
        "Forgetting",
        tag("p", by_task_sentence(found)),
        tag("p", seldom) if seldom else None,
        tag("p", "The order of tasks differs from seed to seed, so the curves are of one seed.") if others else None,
        *in_pairs(cards),
        *others,
        disclosure("The figures", _figures(by_task, found)),
        anchor="forgetting",
        lead="The final loss of a task minus the lowest at an earlier checkpoint, in nats a token: above zero something was forgotten. Not counted "
        "for what was learned last. The lowest of many checkpoints is low partly by chance, so a little above zero is no proof. Broken lines: the step "
        "with the last training row of a task.",
    )  # fmt: skip


def forgetting_sentence(found: DynamicsTable) -> str:
    """With which arrangements forgetting is shown, on average over tasks; empty without such rows."""
    words = {name: _word(some[WHOLE]) for name, some in _by_arrangement(found).items() if WHOLE in some}
    says = {
        _FORGOTTEN: "forgetting shown",
        _NONE: _NONE,
        _BETTER: "a loss lower than ever before",
        _LOST: _LOST,
    }
    told = []
    for word, said in says.items():
        if names := [name for name, one in words.items() if one == word]:
            told.append(f"{said} on average with {', '.join(names)}")
    sentence = "; ".join(told)
    return by_task_sentence(found) if not sentence else f"{sentence[0].upper()}{sentence[1:]}."


def by_task_sentence(found: DynamicsTable) -> str:
    """On how many tasks forgetting is shown, by arrangement; empty without such rows."""
    by_task, told = _by_arrangement(found), []
    for name, some in by_task.items():
        single = [row for task, row in some.items() if task != WHOLE]
        lost = sum(_word(row) == _FORGOTTEN for row in single)
        mean = f" ({signed_loss(some[WHOLE].value)} on average)" if WHOLE in some else ""
        told.append(f"{name}: {lost or 'none'} of {counted(len(single), 'task')}{mean}")
    return f"Forgetting is shown on: {'; '.join(told)}." if told else ""


def _in_some_seeds(found: DynamicsTable, by_task: Mapping[str, Mapping[str, Result]]) -> str:
    """Which tasks have figures of single runs alone, as they were learned last in another."""
    told = []
    for name, some in by_task.items():
        if any(map(is_over_seeds, some.values())):
            rows = select(found.rows, metric="forgetting")
            tasks = dict.fromkeys(row.dataset for row in rows if found.name_of(row) == name)
            told += (
                [f"{', '.join(one for one in tasks if one not in some)} ({name})"]
                if tasks.keys() - some.keys()
                else []
            )
    return (
        f"Learned last in some seed, so without a figure over all, but run by run in the figures: {'; '.join(told)}."
        if told
        else ""
    )


def _by_arrangement(found: DynamicsTable) -> dict[str, dict[str, Result]]:
    """By arrangement and task, in the order in which tasks were learned; all together last."""
    every = found.by_arrangement(select(found.rows, metric="forgetting"))
    return {
        name: {
            row.dataset: row
            for row in sorted(rows, key=lambda row: (row.dataset == WHOLE, _learned(row) or 0.0))
        }
        for name, rows in every.items()
    }


def _learned(row: Result) -> float | None:
    """The step with the last training row of its task, where its runs agree on it."""
    learned = row.condition.get("learned")
    return float(learned) if isinstance(learned, int | float) else None


def _curves(found: DynamicsTable, name: str) -> list[Html]:
    """The losses of one arrangement, a task a curve: of all its runs together, or a chart a run where these learned in different orders."""
    runs = [run for run in found.runs if name in found.names_of_run(run)]
    ends = [_ends(found, run) for run in runs]
    if all(one == ends[0] for one in ends):
        every = {task: found.curves("loss", task).get(name, []) for task in found.tasks}
        return _chart(every, name, ends[0]) if ends else []
    charts = []
    for run, own in zip(runs, ends, strict=True):
        every = {task: found.of_run(run, "loss", task) for task in found.tasks}
        seeds = {str(row.condition.get("seed", run[2])) for rows in every.values() for row in rows}
        charts += _chart(every, f"{name}, seed {', '.join(seeds)}", own)
    return charts


def _chart(every: Mapping[str, list[Result]], name: str, ends: Mapping[str, float]) -> list[Html]:
    curves = {task: rows for task, rows in every.items() if rows}
    return [step_chart(curves, f"Loss by task: {name}", ends, "task")] if curves else []


def _ends(found: DynamicsTable, run: tuple[str, str, str]) -> dict[str, float]:
    """The step with the last training row of each task that has one before the end."""
    steps = {task: _learned(row) for task in found.tasks for row in found.of_run(run, "forgetting", task)}
    return {task: step for task, step in steps.items() if step is not None}


def _difference(task: str, row: Result) -> Difference:
    return Difference(_called(task), row.value, interval(row), is_loss=True)


def _called(task: str) -> str:
    return "all, on average" if task == WHOLE else task


def _word(row: Result) -> str:
    if isnan(row.value):
        return _LOST
    span = interval(row)
    if span is None or not (span.low > 0 or span.high < 0):
        return _NONE
    return _FORGOTTEN if span.low > 0 else _BETTER


def _not(name: str) -> str:
    return f"Forgetting was not measured: {name}."


def _figures(by_task: Mapping[str, Mapping[str, Result]], found: DynamicsTable) -> Html:
    """What is drawn; and run by run where it is over several."""
    names = ("arrangement", "task", "learned until step", "forgetting", "95 % interval", "over", "")
    summary = [(name, row) for name, some in by_task.items() for row in some.values()]
    tables = [table(names, [_line(name, row) for name, row in summary], numeric=(2, 3, 4))]
    runs = [row for row in select(found.rows, metric="forgetting") if not is_over_seeds(row)]
    if any(is_over_seeds(row) for _, row in summary):
        by_run = [(str(row.condition.get("seed", "")), *_line(found.name_of(row), row)[:-2]) for row in runs]
        tables.append(table(("seed", *names[:-2]), by_run, numeric=(3, 4, 5), caption="Run by run"))
    return tag("div", *(tag("div", one, class_="dense") for one in tables))


def _line(name: str, row: Result) -> tuple[str, ...]:
    step = _learned(row)
    return (
        name,
        _called(row.dataset),
        "" if step is None else number(step),
        signed_loss(row.value),
        loss_range(interval(row)),
        spread_over(row),
        _word(row),
    )
