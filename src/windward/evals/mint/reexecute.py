"""`--reexecute`: recorded code actions run again in our interpreter, their observations beside the recorded ones.

A run's actions share one interpreter, as they did. An action that calls a tool (the search, a game) is not run, and what
follows in that run is not compared: its state is unknown. The last observation of a run was never recorded.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any, get_args

from windward.evals.folder import claim
from windward.evals.mint.instances import selected_tasks
from windward.evals.mint.observations import (
    Expected,
    Match,
    compare,
    expectation,
    recorded_observation,
)
from windward.evals.mint.recorded import RecordedRun, RecordingError, read_recorded
from windward.interpreter import Interpreter, Limits
from windward.journal import FILE_NAME, Journal, run, run_rows, values
from windward.rows import Result, write_results

VERSION = "2"
TOOLS = ("wikipedia_search(",)
_LIMITS = Limits(seconds=30)
_SHORT = Limits(seconds=3)
"""A run that was cut off by its alarm would be cut off by any: do not wait long for it."""


@dataclass(frozen=True)
class ReexecuteConfig:
    """What is run again.

    Attributes:
        recording: Parquet file of recorded runs.
        models: only these; all without any.
        tasks: names of tasks and families; ALFWorld's actions need their game and are left out.
        limit: so many different runs of each task, in the order of the recording; None is all.
    """

    recording: Path
    models: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ("all",)
    limit: int | None = None


def reexecute(
    config: ReexecuteConfig, out: Path, *, command: Sequence[str] = (), tell: Callable[[str], None] = print
) -> Path:
    """Runs recorded actions again; writes `results.parquet` and `reexecuted.parquet` (each compared step).

    Returns:
        The result table.

    Raises:
        RecordingError: the recording is malformed, or has no code action among what was asked for.
        FolderError: `out` holds another run.
        RowsFailedError: some runs could not be made again.
    """
    tasks = [task for task in selected_tasks(config.tasks) if task != "alfworld"]
    claim("mint", out, _settings(config, tasks), command)
    rows = sequences(read_recorded(config.recording, models=config.models, tasks=tasks), config.limit)
    if not rows:
        raise RecordingError(
            f"{config.recording} has no code action with an observation among what was asked for"
        )
    tell(f"{len(rows):,} different runs with {sum(len(row['steps']) for row in rows):,} actions to run again")
    with Journal(out / FILE_NAME) as journal:
        outcomes = run(
            run_rows(_again, rows, journal=journal, stage="reexecute", key="key", version=VERSION,
                     concurrency=2 * (os.cpu_count() or 1))
        )  # fmt: skip
    steps = [
        step | {"task": row["task"]}
        for row, found in zip(rows, values(outcomes, "runs"), strict=True)
        for step in found
    ]
    _write_steps(out / "reexecuted.parquet", steps)
    write_results(out / "results.parquet", match_results(steps))
    return out / "results.parquet"


def _settings(config: ReexecuteConfig, tasks: Sequence[str]) -> dict[str, Any]:
    if not config.recording.is_file():
        raise RecordingError(f"{config.recording} is not there: name the Parquet file of recorded runs")
    with config.recording.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    return {
        "what": "reexecute",
        "recording": digest,
        "models": sorted(config.models),
        "tasks": list(tasks),
        "limit": config.limit,
    }


def sequences(recorded: Iterable[RecordedRun], limit: int | None = None) -> list[dict[str, Any]]:
    """The different sequences of actions with their recorded observations, as rows for the journal."""
    rows: dict[str, dict[str, Any]] = {}
    counts: Counter[str] = Counter()
    for record in recorded:
        task = record.instance.task
        if limit is not None and counts[task] >= limit:
            continue
        steps = [
            [turn.text, recorded_observation(turn.observation or "")]
            for turn in record.turns
            if turn.kind == "code" and turn.text is not None
        ]
        while steps and steps[-1][1] is None:
            steps.pop()
        if steps:
            key = f"{task}/{hashlib.sha256(repr(steps).encode()).hexdigest()[:20]}"
            counts[task] += key not in rows
            rows.setdefault(key, {"key": key, "task": task, "steps": steps})
    return list(rows.values())


async def _again(row: dict[str, Any]) -> list[dict[str, Any]]:
    return await asyncio.to_thread(run_again, [(code, observation) for code, observation in row["steps"]])


def run_again(steps: Sequence[tuple[str, str | None]]) -> list[dict[str, Any]]:
    """Runs actions in one interpreter and compares what each shows; ends before the first that calls a tool."""
    expected = [None if observation is None else expectation(observation) for _, observation in steps]
    cut_off = any(one is not None and one.text.startswith("TimeoutError") for one in expected)
    compared = []
    with Interpreter(_SHORT if cut_off else _LIMITS) as python:
        for (code, observation), wanted in zip(steps, expected, strict=True):
            if any(tool in code for tool in TOOLS):
                break
            seen = python.run(code)
            if wanted is not None:
                compared.append(_step(code, observation, wanted, seen.text, compare(seen, wanted)))
    return compared


def _step(code: str, observation: str | None, wanted: Expected, text: str, match: str) -> dict[str, Any]:
    return {"kind": wanted.kind, "match": match, "code": code, "recorded": observation, "ours": text[:4000]}


def match_results(steps: Sequence[dict[str, Any]]) -> list[Result]:
    """Shares of steps by how they compare, for each task and kind of observation."""
    results = []
    for dataset in (*sorted({step["task"] for step in steps}), "all"):
        for kind in (None, "text", "no_output", "error"):
            part = [
                step
                for step in steps
                if (dataset == "all" or step["task"] == dataset) and kind in (None, step["kind"])
            ]
            if not part:
                continue
            counts = Counter(step["match"] for step in part)
            n = len(part)
            for match in get_args(Match):
                share = counts[match] / n
                condition = {"match": match, "kind": kind or "any"}
                error = sqrt(share * (1 - share) / n)
                results.append(
                    Result("mint", "(all)", dataset, "test", "reexecute_match", share, n, condition, error)
                )
    return results


def _write_steps(path: Path, steps: Sequence[dict[str, Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [(name, pa.string()) for name in ("task", "kind", "match", "code", "recorded", "ours")]
    )
    temporary = path.with_suffix(path.suffix + ".part")
    pq.write_table(pa.Table.from_pylist(list(steps), schema=schema), temporary)
    temporary.replace(path)
