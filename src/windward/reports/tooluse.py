"""The report of a tool-use run: one task under three action formats, from the files in its folder to one page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from windward.reports.again import again
from windward.reports.bar_chart import bar_chart
from windward.reports.intervals import Interval, interval
from windward.reports.markup import Html, join, tag
from windward.reports.page import footer, navigation, page, write_page
from windward.reports.parts import disclosure as folded
from windward.reports.parts import facts, missing, raw, section, table
from windward.reports.run_folder import ReportError, lines_in, object_in, results_in
from windward.reports.run_records import Row
from windward.reports.tree_view import verdict_mark
from windward.reports.wording import (
    counted,
    figure_range,
    mean,
    percent,
    percent_range,
    points,
    points_range,
)
from windward.rows import Result, select

SPACES = {"code": "Python", "json": "JSON", "text": "text"}
SUITES = {"m3tooleval": "M3ToolEval", "apibank": "API-Bank, level 1"}
EACH = 3
"""Tasks shown of each suite, action space and outcome."""


def write_tooluse_report(folder: Path) -> Path:
    """Writes `folder/report.html` from the files of a tool-use run, whole or not at all.

    Raises:
        ReportError: there is no such folder, or a file is malformed; says which and where.
    """
    if not Path(folder).is_dir():
        raise ReportError(f"{folder} is not a folder: give the --out of a run")
    return write_page(Path(folder), tooluse_page(Path(folder)))


def tooluse_page(folder: Path) -> str:
    """The page as text."""
    results = results_in(folder / "results.parquet")
    record = object_in(folder / "run.json")
    trials = list(lines_in(folder / "runs.jsonl", _trial))
    files = sorted(path.name for path in folder.iterdir() if not path.name.startswith((".", "report.html")))
    suites = [suite for suite in SUITES if select(results, dataset=suite)]
    sections = [(suite, SUITES[suite], _suite(suite, results)) for suite in suites]
    sections.append(("tasks", "Tasks to read", _shown(trials, suites, _seed(record))))
    sections.append(("again", "Do it again", again(record, files)))
    contents = navigation([(anchor, name) for anchor, name, _ in sections])
    foot = footer()
    return page("Tool use: three action formats", _head(results, record, suites), contents,
                *(body for *_, body in sections), foot)  # fmt: skip


def _trial(row: object, where: str) -> Row:
    if not isinstance(row, dict) or not isinstance(row.get("episode"), dict):
        raise ReportError(f"{where}: expected a trial with its episode")
    return row


def _seed(record: Mapping[str, object]) -> int:
    seed = record.get("seed")
    return seed if isinstance(seed, int) else 0


def _head(results: Sequence[Result], record: Mapping[str, object], suites: Sequence[str]) -> Html:
    models = sorted({result.model for result in results})
    lines = []
    for suite in suites:
        parts = [
            f"{SPACES[space]} {percent(found.value)} ({percent_range(interval(found))})"
            for space in SPACES
            for found in _of(results, suite, "success_rate", space)
        ]
        n = max(result.n for result in select(results, dataset=suite, metric="success_rate", split="all"))
        lines.append(
            tag("p", tag("strong", SUITES[suite]), f", {counted(n, 'task')}: ", ", ".join(parts), ".")
        )
    told = facts(
        {"model": ", ".join(models) or "none", "started": str(record.get("started") or "not written down")}
    )
    if not lines:
        lines = [missing("No figures.", "results.parquet is not there or empty.")]
    return tag("header", tag("h1", "Is code the better way to act?"),
               tag("p", "The same tasks and tools, with actions as Python, as JSON objects and as lines of text; only "
                   "what stands between the tags differs. Intervals are 95 %.", class_="lead"), *lines, told)  # fmt: skip


def _of(results: Sequence[Result], suite: str, metric: str, space: str, split: str = "all") -> list[Result]:
    return select(results, dataset=suite, metric=metric, split=split, condition={"space": space})


def _suite(suite: str, results: Sequence[Result]) -> Html:
    found = select(results, dataset=suite, metric="success_rate", split="all")
    chart = bar_chart(
        [_named(result) for result in found],
        category="suite",
        by="space",
        series=SPACES,
        title="Tasks solved by action format, with 95 % intervals",
        names=SUITES,
    )
    parts: list[object] = [
        chart,
        _measures(suite, results),
        _paired(suite, results),
    ]
    if suite == "m3tooleval":
        parts.append(_domains(results))
    return section(SUITES[suite], *parts, anchor=suite, lead=_LEADS[suite])


_LEADS = {
    "m3tooleval": (
        "Tasks over several turns, with tools that are really run. A wrong answer is told so and may be corrected while "
        "turns are left; a failure counts as all turns. In JSON and text one tool is called each turn, Python may call "
        "many: plans of one call a turn need more than nine turns in 31 of the 82 tasks."
    ),
    "apibank": (
        "One call that comes next in a conversation. By result: it does what the recorded call does, in a world where "
        "the earlier calls were made; 15 of the 389 recorded calls cannot be judged so, and count as not solved. By "
        "call: it is the recorded call, argument by argument."
    ),
}


def _named(result: Result) -> Result:
    return Result(result.system, result.model, result.dataset, result.split, result.metric, result.value, result.n,
                  result.condition | {"suite": result.dataset}, result.stderr, result.unparsed)  # fmt: skip


_MEASURES = {
    "success_rate": "solved",
    "call_accuracy": "the recorded call",
    "turns": "turns a task",
    "action_rate": "turns with an action or answer that could be read",
    "executed_rate": "actions that ran without an error",
}


def _measures(suite: str, results: Sequence[Result]) -> Html:
    rows = [
        (
            SPACES[space],
            name,
            percent(found.value) if metric != "turns" else mean(found.value),
            figure_range(found),
            f"{found.n:,}",
            f"{found.unparsed:,}",
        )
        for metric, name in _MEASURES.items()
        for space in SPACES
        for found in _of(results, suite, metric, space)
    ]
    return table(("format", "measure", "value", "95 % interval", "n", "not readable"), rows, numeric=(2, 3, 4, 5),
                 caption="All figures; what could not be read stays in the denominator")  # fmt: skip


def _paired(suite: str, results: Sequence[Result]) -> Html:
    changes = select(results, dataset=suite, metric="success_rate_change", split="all")
    if not changes:
        return missing("No comparison.", "Only one action format was run.")
    rows = [
        (
            f"{SPACES[str(found.condition['to'])]} instead of {SPACES[str(found.condition['from'])]}",
            points(found.value),
            points_range(Interval(found.condition["low"], found.condition["high"])),
            f"{found.condition['gained']} / {found.condition['lost']}",
            f"{found.condition['mcnemar_p']:.3g}",
            f"{found.n:,}",
        )
        for found in changes
    ]
    return table(("formats", "change", "95 % interval", "gained / lost", "p (McNemar)", "n"), rows,
                 numeric=(1, 2, 3, 4, 5), caption="The same tasks in two formats: paired bootstrap and exact test")  # fmt: skip


def _domains(results: Sequence[Result]) -> Html:
    found = [
        result
        for result in select(results, dataset="m3tooleval", metric="success_rate")
        if result.split != "all"
    ]
    rows = []
    for domain in sorted({result.split for result in found}):
        cells = {str(result.condition["space"]): result for result in found if result.split == domain}
        shown = [
            f"{percent(cells[space].value)} ({percent_range(interval(cells[space]))})"
            if space in cells
            else "not run"
            for space in SPACES
        ]
        rows.append((domain.replace("_", " "), f"{max(one.n for one in cells.values()):,}", *shown))
    return table(("domain", "n", *(name for name in SPACES.values())), rows, numeric=(1, 2, 3, 4),
                 caption="Tasks solved by domain")  # fmt: skip


def _shown(trials: Sequence[Row], suites: Sequence[str], seed: int) -> Html:
    if not trials:
        return section(
            "Tasks to read", missing("No tasks to read.", "runs.jsonl is not there."), anchor="tasks"
        )
    parts: list[object] = []
    for suite in suites:
        for space, name in SPACES.items():
            of = [trial for trial in trials if trial["suite"] == suite and trial["space"] == space]
            drawn = [
                trial
                for solved in (True, False)
                for trial in sorted(
                    (t for t in of if bool(t["solved"]) is solved), key=lambda t: _draw(t, seed)
                )[:EACH]
            ]
            if drawn:
                parts += [tag("h3", f"{SUITES[suite]}, {name}"), *map(_task, drawn)]
    lead = "A few of each outcome, drawn by a hash of seed and task and not picked by hand."
    return section("Tasks to read", *parts, anchor="tasks", lead=lead)


def _draw(trial: Row, seed: int) -> str:
    return hashlib.sha256(f"{seed} {trial['task']}".encode()).hexdigest()


def _task(trial: Row) -> Html:
    episode = trial["episode"]
    steps = episode.get("steps") or []
    asked = (episode.get("opening") or [{}])[-1].get("content", "")
    told = f" {trial['task']} · {counted(len(steps), 'turn')} · {trial['rule']}"
    return folded(
        join(verdict_mark(bool(trial["solved"])), told),
        tag("p", "Task", class_="label"),
        raw(str(asked)[-1_500:], class_="prompt"),
        tag("p", "Reference", class_="label"),
        raw(str(trial.get("reference", "")), 500),
        *(part for number, step in enumerate(steps, start=1) for part in _step(number, step)),
        class_="run",
    )


def _step(number: int, step: Row) -> list[Html]:
    kinds = {
        "code": "ran Python",
        "call": "called a tool",
        "answer": "answered",
        "none": "no action that could be read",
    }
    parts = [tag("p", f"Turn {number}: {kinds.get(str(step.get('kind')), 'unknown')}", class_="label"),
             raw(str(step.get("reply", "")), 1_500)]  # fmt: skip
    if step.get("observation"):
        parts += [
            tag("p", f"Observation ({step.get('status')})", class_="label"),
            raw(str(step["observation"]), 1_000),
        ]
    return parts
