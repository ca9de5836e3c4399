"""The page of what training does step by step: how soon arrangements of rows generalise, what order alone does, what is forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from windward.reports.again import again
from windward.reports.dynamics_curves import curves_section, end_sentence, last_losses
from windward.reports.dynamics_effects import effect_sentences, effects_section
from windward.reports.dynamics_first import first_section
from windward.reports.dynamics_forgetting import by_task_sentence, forgetting_section, forgetting_sentence
from windward.reports.dynamics_runs import runs_section
from windward.reports.dynamics_table import DynamicsTable, is_over_seeds, listed, step_of
from windward.reports.intervals import interval
from windward.reports.markup import Html, tag
from windward.reports.page import footer, navigation, page
from windward.reports.parts import facts, missing
from windward.reports.wording import number
from windward.rows import Result

NOBODY = "Nothing says for whom the training rows were arranged, so nothing says that the tested rows were not among those."


def dynamics_page(
    results: Sequence[Result],
    *,
    statements: Sequence[str] = (),
    record: Mapping[str, object] | None = None,
    files: Sequence[str] = (),
) -> str:
    """The page of a result table. A part whose rows are not there is left out.

    Args:
        results: rows of system `dynamics`: checkpoints, first steps, mean losses, effects, forgetting.
        statements: for whom the runs' rows were arranged, and whether the tested rows are among these; always shown.
        record: the run's `run.json`.
        files: names of what lies beside the table.
    """
    found = DynamicsTable.of(results)
    parts = [
        ("effects", "Rows and order", effects_section(found)),
        ("forgetting", "Forgetting", forgetting_section(found)),
        ("curves", "Curves", curves_section(found)),
        ("first", "Where it generalises", first_section(found)),
        ("runs", "Every run", runs_section(found)),
        ("again", "Do it again", again(record, files) if record else None),
    ]
    there = [(anchor, name, body) for anchor, name, body in parts if body is not None]
    body = [one for *_, one in there] or [
        missing("Nothing to show.", "The table holds no row of this system.")
    ]
    contents = navigation([(anchor, name) for anchor, name, _ in there]) if there else None
    return page("Dynamics of training", _head(found, statements), contents, *body, footer())


def _head(found: DynamicsTable, statements: Sequence[str]) -> Html:
    effects, forgotten, ends = effect_sentences(found), forgetting_sentence(found), end_sentence(found)
    first = " ".join(effects) or forgotten or _headline(found)
    by_task = by_task_sentence(found)
    lead = [one for one in (forgotten, by_task, ends) if one and one != first]
    said = list(dict.fromkeys(statements)) or [NOBODY]
    return tag(
        "header",
        tag("p", "Dynamics · training step by step", class_="eyebrow"),
        tag("h1", first),
        tag("p", " ".join(lead), class_="lead") if lead else None,
        *(tag("p", one, class_="told") for one in said),
        tag("div", facts(_about(found)), class_="after"),
    )


def _headline(found: DynamicsTable) -> str:
    """What the curves show by their intervals alone: of one arrangement whether the loss fell, of several which ends lowest."""
    ends = last_losses(found)
    if not ends:
        return "No loss was measured"
    if len(ends) == 1:
        return _fall(found, *next(iter(ends.items())))
    name, lowest = min(ends.items(), key=lambda one: one[1].value)
    step, own = number(step_of(lowest)), interval(lowest)
    others = {other: interval(row) for other, row in ends.items() if other != name}
    if own is None or None in others.values():
        return (
            f"No difference shown between {len(ends)} arrangements at step {step}: not all have an interval"
        )
    near = [other for other, span in others.items() if span is not None and span.low <= own.high]
    if len(near) == len(others):
        return f"No difference shown between {len(ends)} arrangements at step {step}: each interval overlaps that of the lowest loss"
    one_run = not all(map(is_over_seeds, ends.values()))
    caveat = "; single runs are among them, so nothing is said of other seeds" if one_run else ""
    if near:
        told = " and ".join(near) if len(near) < 3 else f"{len(near)} others"
        return f"No difference shown between {name} and {told} at step {step}; the others end higher{caveat}"
    return f"{name} has the lowest loss at step {step}: its interval lies below every other{caveat}"


def _fall(found: DynamicsTable, name: str, end: Result) -> str:
    start = found.curves("loss", found.whole)[name][0]
    before, after = interval(start), interval(end)
    if before is None or after is None or step_of(start) == step_of(end):
        return f"Loss of one arrangement up to step {number(step_of(end))}"
    steps = f"from step {number(step_of(start))} to step {number(step_of(end))}"
    if after.high < before.low:
        return f"The loss falls {steps}"
    if after.low > before.high:
        return f"The loss rises {steps}"
    return f"No difference shown {steps}: the intervals of the loss overlap"


def _about(found: DynamicsTable) -> dict[str, str]:
    steps = sorted({step_of(row) for row in found.checkpoints})
    models = list(dict.fromkeys(row.model for row in found.rows))
    seeds = dict.fromkeys(str(row.condition["seed"]) for row in found.checkpoints if "seed" in row.condition)
    tested = max((row.n for row in found.checkpoints if not is_over_seeds(row)), default=0)
    told = {
        "started from": listed(models),
        "arrangements": listed(list(found.names.values())),
        "runs": f"{len(found.runs):,}" if found.runs else "",
        "seeds": listed(list(seeds)),
        "tasks tested": listed(found.tasks),
        "rows tested": f"{tested:,}" if tested else "",
        "checkpoints": f"{len(steps):,}, step {number(steps[0])} to {number(steps[-1])}" if steps else "",
    }
    return {name: value for name, value in told.items() if value}
