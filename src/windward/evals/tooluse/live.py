"""`windward eval tooluse`: lets a model do the suites' tasks in each action space, and makes the table of it."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from windward.agents import Space
from windward.evals.folder import claim
from windward.evals.tooluse import apibank, m3
from windward.evals.tooluse.data import data_folder
from windward.evals.tooluse.figures import SYSTEM, results_of
from windward.evals.tooluse.m3.load import WORLD
from windward.evals.tooluse.play import play_call, play_m3
from windward.evals.tooluse.trials import RUNS, SPACES, Suite, Trial, as_dict, trial_from_dict, write_trials
from windward.interpreter import Interpreter
from windward.journal import FILE_NAME, Journal, JournaledModel, run, run_rows, values
from windward.models import Model
from windward.reports import write_tooluse_report
from windward.rows import write_results

PROTOCOL = "1"
"""Changes with prompts, parsing and what a trial records."""
EPISODES = 32
RESULTS = "results.parquet"


@dataclass(frozen=True)
class ToolUseConfig:
    """What a tool-use run does.

    Attributes:
        suites: which suites.
        spaces: which action spaces; all are made from the same tool definitions.
        turns: turns of a task of M3ToolEval at most.
        max_tokens: new tokens of a reply at most.
        limit: tasks of each suite at most, drawn with `seed`; None is all.
        seed: of this draw.
        profile: whose rule judges M3ToolEval, `strict` or `released`.
        system_role: put the rules into a system message.
    """

    suites: tuple[Suite, ...] = ("m3tooleval",)
    spaces: tuple[Space, ...] = SPACES
    turns: int = 10
    max_tokens: int = 512
    limit: int | None = None
    seed: int = 0
    profile: str = "strict"
    system_role: bool = False

    def __post_init__(self) -> None:
        """Refuses what cannot be run."""
        for name in ("turns", "max_tokens", "limit"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} is {value}; it must be at least 1")


def run_tooluse(
    model: Model,
    out: str | Path,
    config: ToolUseConfig | None = None,
    *,
    data: str | Path | None = None,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Runs a model on tool-use tasks; writes `runs.jsonl`, `results.parquet`, `report.html` and `run.json` into `out`.

    Every call goes through `out/journal.sqlite`: a run that was killed buys no stored reply twice.

    Args:
        model: the policy, greedy.
        out: folder of the run: new, empty, or of the same run.
        config: what to do.
        data: folder of the tasks; None is `codeact/` in the folder that `WINDWARD_DATA` names.
        command: how the run was called, for the record.
        tell: shows a line of progress.

    Returns:
        The result table.

    Raises:
        DataError: tasks are not there or malformed.
        FolderError: `out` holds another run.
        IsolationError: code cannot be isolated on this machine.
        RowsFailedError: tasks failed for a reason that another try may overcome.
    """
    config, folder, source = config or ToolUseConfig(), Path(out), data_folder(data)
    tasks = {suite: _drawn(_read(suite, source), config, suite) for suite in config.suites}
    settings = asdict(config) | {
        "model": model.name,
        "protocol": PROTOCOL,
        "tasks": _digest({suite: [asdict(task) for task in found] for suite, found in tasks.items()}),
    }
    Interpreter().close()  # what is missing on this machine is said at once, and not by each task
    claim(SYSTEM, folder, settings, command)
    trials: list[Trial] = []
    with Journal(folder / FILE_NAME) as journal:
        policy = JournaledModel(model, journal)
        for suite, of_suite in tasks.items():
            for space in config.spaces:
                tell(f"{suite}, actions as {space}: {len(of_suite)} tasks")
                found = _trials(policy, journal, suite, space, of_suite, source, config)
                tell(f"  {sum(trial.solved for trial in found)} of {len(found)} solved")
                trials += found
    write_trials(folder / RUNS, trials)
    write_results(
        folder / RESULTS,
        results_of(trials, model=model.name, seed=config.seed, profile=config.profile),
    )
    tell(f"report: {write_tooluse_report(folder)}")
    return folder / RESULTS


def _trials(
    policy: Model,
    journal: Journal,
    suite: Suite,
    space: Space,
    tasks: Sequence[Any],
    source: Path,
    config: ToolUseConfig,
) -> list[Trial]:
    database = apibank.read_database(source) if suite == "apibank" else {}

    async def play(task: Any) -> dict[str, Any]:
        if suite == "apibank":
            trial = await play_call(
                task,
                space,
                policy,
                database=database,
                max_tokens=config.max_tokens,
                system_role=config.system_role,
            )
        else:
            trial = await play_m3(
                task,
                space,
                policy,
                world=source / WORLD,
                turns=config.turns,
                max_tokens=config.max_tokens,
                profile=config.profile,
                system_role=config.system_role,
            )
        return as_dict(trial)

    outcomes = run(
        run_rows(
            play,
            tasks,
            journal=journal,
            stage=f"{suite}, {space}",
            key="id" if suite == "apibank" else "name",
            version=PROTOCOL,
            concurrency=EPISODES,
        )
    )
    return [trial_from_dict(value) for value in values(outcomes, "tasks")]


def _read(suite: Suite, source: Path) -> list[Any]:
    return list(apibank.read_tasks(source) if suite == "apibank" else m3.read_tasks(source))


def _drawn(tasks: list[Any], config: ToolUseConfig, suite: str) -> list[Any]:
    if config.limit is None or config.limit >= len(tasks):
        return tasks
    places = random.Random(f"{config.seed} {suite}").sample(range(len(tasks)), config.limit)
    return [tasks[place] for place in sorted(places)]


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
