"""`windward eval mint --model …`: lets a model work on MINT's problems, and makes the table of its runs."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from windward.evals.data import DataError, problems_folder
from windward.evals.folder import claim
from windward.evals.mint.episode import Grade
from windward.evals.mint.feedback import Expert, FeedbackForm
from windward.evals.mint.instances import Instance, TaskName, read_instances, selected_tasks
from windward.evals.mint.journaled import Bench, Planned
from windward.evals.mint.metrics import Mode, results_of
from windward.evals.mint.record import record_of, summary, write_runs
from windward.evals.mint.runs import Setting
from windward.evals.mint.wikipedia import Search, read_index
from windward.interpreter import Interpreter
from windward.journal import FILE_NAME, Journal, JournaledModel, Limits
from windward.models import Model
from windward.reports import write_mint_report
from windward.rows import write_results

__all__ = ["RESULTS", "RUNS", "Mode", "run_live"]

RUNS = "runs.jsonl"
RESULTS = "results.parquet"


def run_live(
    *,
    out: str | Path,
    model: Model,
    tasks: Iterable[str] = ("all",),
    data: str | Path | None = None,
    turns: int = 5,
    proposals: int = 2,
    mode: Mode = "prefix",
    feedback: Model | None = None,
    feedback_form: FeedbackForm = "textual",
    show_reference: bool = False,
    wiki: str | Path | Search | None = None,
    limit: int | None = None,
    seed: int = 0,
    max_tokens: int = 512,
    system_role: bool = False,
    profile: str = "strict",
    contaminated: Sequence[str] = (),
    grade: Grade | None = None,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Runs a model on problems of MINT and writes `runs.jsonl`, `results.parquet`, `report.html` and `run.json`.

    Every call goes through `out/journal.sqlite`, and every turn is kept there: a run that was killed goes on
    with the same observations, buys no stored reply twice and ends in the same table.

    Args:
        out: folder of the run: new, empty, or of the same run.
        model: the policy.
        tasks: names of tasks or families, or `all`.
        data: folder of the problems; None is `mint/` in the folder that `WINDWARD_DATA` names.
        turns: k, actions at most.
        proposals: p, solutions proposed at most; one where k = 1.
        mode: `prefix` makes one run of k turns a problem, and SR_1 to SR_k are read off it; `independent` makes
            one run for each budget from 1 to k, as the paper does.
        feedback: the model that comments on unfinished turns; None is no feedback.
        feedback_form: `textual`, or `binary`: only good or bad.
        show_reference: whether the feedback model sees the right answer.
        wiki: of the Wikipedia search: a file of recorded searches, a function, or None: it is refused.
        limit: problems of each task at most, drawn with `seed`; None is all.
        seed: of this draw.
        max_tokens: new tokens of a policy's reply at most.
        system_role: put the rules into a system message.
        profile: of the graders: `strict` or `released`.
        contaminated: benchmarks that the model has seen problems of, for the record.
        grade: a grader of one's own in place of theirs; `profile` is then its name.
        command: how the run was called, for the record.
        tell: shows a line of progress.

    Returns:
        The result table.

    Raises:
        DataError: problems, recorded searches or the packages of ALFWorld are not there.
        FolderError: `out` holds another run.
        IsolationError: code cannot be isolated on this machine.
        RowsFailedError: runs failed for a reason that another try may overcome.
        ValueError: an option is out of its range.
    """
    _check(turns=turns, proposals=proposals, limit=limit, max_tokens=max_tokens)
    folder, source = Path(out), problems_folder("mint", "gsm8k.json, …", data)
    instances = _instances(selected_tasks(tasks), source, limit, seed)
    name = feedback.name if feedback is not None else "none"
    form = feedback_form if feedback is not None else ""
    seen = show_reference and feedback is not None
    settings = {
        "problems": _digest([asdict(instance) for instance in instances]),
        "tasks": sorted({instance.task for instance in instances}),
        "model": model.name,
        "turns": turns,
        "proposals": proposals,
        "mode": mode,
        "feedback": name,
        "feedback_form": form,
        "show_reference": seen,
        "wiki": _identity(wiki),
        "limit": limit,
        "seed": seed,
        "max_tokens": max_tokens,
        "system_role": system_role,
        "profile": profile,
        "contaminated": sorted(contaminated) or None,
    }
    search = read_index(wiki) if isinstance(wiki, str | Path) else wiki
    _ready(instances, source)
    claim("mint", folder, settings, command)
    budgets = range(1, turns + 1) if mode == "independent" else [turns]
    planned = [Planned(instance, k) for instance in instances for k in budgets]
    tell(f"{len(planned)} runs of {model.name} on {len(instances)} problems, feedback: {name}")
    with Journal(folder / FILE_NAME) as journal:
        limits = Limits()
        expert = JournaledModel(feedback, journal, limits) if feedback is not None else None
        bench = Bench(
            policy=JournaledModel(model, journal, limits),
            expert=Expert(expert, feedback_form, seen) if expert is not None else None,
            search=search,
            grade=grade or _grader(profile),
            journal=journal,
            data=source,
            proposals=proposals,
            max_tokens=max_tokens,
            system_role=system_role,
        )
        episodes = bench.episodes(planned)
    records = [
        record_of(one.instance, episode, model=model.name, setting=Setting(one.turns, name, form, seen))
        for one, episode in zip(planned, episodes, strict=True)
    ]
    write_runs(folder / RUNS, records)
    write_results(
        folder / RESULTS, results_of([record.run for record in records], profile=profile, mode=mode)
    )
    for line in summary(records):
        tell(line)
    tell(f"report: {write_mint_report(folder)}")
    return folder / RESULTS


def _check(*, limit: int | None, **numbers: int) -> None:
    for name, number in numbers.items():
        if number < 1:
            raise ValueError(f"{name} must be at least 1, not {number}")
    if limit is not None and limit < 1:
        raise ValueError(f"limit must be at least 1, or None for all problems, not {limit}")


def _instances(tasks: Sequence[TaskName], data: Path, limit: int | None, seed: int) -> list[Instance]:
    found: list[Instance] = []
    for task in tasks:
        of_task = _read(task, data)
        if limit is not None and limit < len(of_task):
            drawn = random.Random(f"{seed} {task}").sample(range(len(of_task)), limit)
            of_task = [of_task[at] for at in sorted(drawn)]
        found += of_task
    return found


def _read(task: TaskName, data: Path) -> list[Instance]:
    if task != "alfworld":
        return read_instances(task, data)
    from windward.evals.mint.alfworld import alfworld_instances

    return alfworld_instances(data)


def _ready(instances: Sequence[Instance], data: Path) -> None:
    """What is missing on this machine is said once and at once, and not by each run."""
    Interpreter().close()
    game = next((instance for instance in instances if instance.task == "alfworld"), None)
    if game is not None:
        from windward.evals.mint.alfworld import open_game

        open_game(game.id, data).close()


def _grader(profile: str) -> Grade:
    from windward.evals.mint.graders import grade

    return partial(grade, profile=profile)


def _identity(wiki: str | Path | Search | None) -> str | None:
    """What tells one source of searches from another."""
    if wiki is None:
        return None
    if isinstance(wiki, str | Path):
        if not Path(wiki).is_file():
            raise DataError(
                f"{wiki} is not there: name a file of recorded searches (JSONL of query, response)"
            )
        return hashlib.sha256(Path(wiki).read_bytes()).hexdigest()[:16]
    return f"{wiki.__module__}.{getattr(wiki, '__qualname__', type(wiki).__qualname__)}"


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
