"""`runs.jsonl`: one run a line, with every message, observation, verdict and feedback of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from windward.evals.folder import write_text
from windward.evals.mint.instances import Instance
from windward.evals.mint.runs import Run, Setting
from windward.evals.mint.turns import Episode, as_dict, episode_from_dict


@dataclass(frozen=True)
class Record:
    """A run, its problem, and all that happened in it."""

    run: Run
    instance: Instance
    episode: Episode


def record_of(instance: Instance, episode: Episode, *, model: str, setting: Setting) -> Record:
    """The record of an episode."""
    kinds = Counter(turn.kind for turn in episode.turns)
    said = [turn.feedback for turn in episode.turns if turn.feedback is not None]
    run = Run(
        model=model,
        setting=setting,
        task=instance.task,
        task_id=instance.id,
        solved_at=episode.solved_at,
        turns=len(episode.turns),
        proposals=kinds["solution"],
        invalid=kinds["invalid"],
        failure=episode.failure,
        error=episode.error,
        leaks=sum(feedback.leaked for feedback in said),
        unreadable=sum(not feedback.readable for feedback in said),
    )
    return Record(run, instance, episode)


def write_runs(path: str | Path, records: Iterable[Record]) -> None:
    """Writes the records, whole or not at all."""
    lines = [
        json.dumps(
            {
                "run": asdict(record.run),
                "instance": asdict(record.instance),
                "episode": as_dict(record.episode),
            }
        )
        for record in records
    ]
    write_text(Path(path), "".join(f"{line}\n" for line in lines))


def read_runs(path: str | Path) -> list[Record]:
    """Reads the records back."""
    lines = Path(path).read_text(encoding="utf-8").split("\n")
    return [_record(json.loads(line)) for line in lines if line.strip()]


def summary(records: Sequence[Record]) -> list[str]:
    """What came of the runs, in a few lines."""
    runs = [record.run for record in records]
    turns = [turn for record in records for turn in record.episode.turns]
    lines = [f"{sum(run.success for run in runs)} of {len(runs)} runs solved, {len(turns)} turns"]
    kinds = Counter(turn.kind for turn in turns)
    lines.append(", ".join(f"{kind} {kinds[kind]}" for kind in ("execute", "solution", "invalid")))
    troubles = {
        "ended by a full context": sum(bool(run.error) for run in runs),
        "proposals whose grader failed": sum(
            turn.verdict is not None and turn.verdict.status == "error" for turn in turns
        ),
        "feedback messages that gave the answer away (withheld)": sum(run.leaks for run in runs),
        "feedback messages that could not be read": sum(run.unreadable for run in runs),
    }
    return lines + [f"{what}: {count}" for what, count in troubles.items() if count]


def _record(row: dict[str, Any]) -> Record:
    run = row["run"]
    return Record(
        Run(**run | {"setting": Setting(**run["setting"])}),
        Instance(**row["instance"]),
        episode_from_dict(row["episode"]),
    )
