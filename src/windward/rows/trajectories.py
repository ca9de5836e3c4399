"""Trajectories as rows to train on: a whole conversation, and which of its messages are learnt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa

from windward.rows.training import MESSAGES, Messages, write_rows

TRAJECTORY_SCHEMA = pa.schema(
    [
        ("messages", MESSAGES),
        ("learn", pa.list_(pa.bool_())),
        ("id", pa.string()),
        ("problem_id", pa.string()),
        ("source", pa.string()),
        ("model", pa.string()),
        ("turns", pa.int64()),
        ("recovered", pa.bool_()),
        ("never_score", pa.list_(pa.string())),
    ]
)


@dataclass(frozen=True)
class TrajectoryRow:
    """A conversation that is learnt from.

    Attributes:
        messages: role and content, in order; the last is the assistant's.
        learn: for each message, whether its tokens are learnt; true for assistant messages only.
        id: of the run it was made from.
        problem_id: of the problem.
        source: dataset of the problem (`math`, `hotpotqa`, …).
        model: who acted.
        turns: assistant messages.
        recovered: whether an error was met and overcome on the way.
        never_score: benchmarks on which a model trained on this row must not be scored.
    """

    messages: Messages
    learn: list[bool]
    id: str
    problem_id: str
    source: str
    model: str
    turns: int
    recovered: bool
    never_score: list[str]


def write_trajectories(path: str | Path, rows: Iterable[TrajectoryRow]) -> None:
    """Writes trajectory rows, whole or not at all; the same rows give the same bytes."""
    write_rows(Path(path), [asdict(row) for row in rows], TRAJECTORY_SCHEMA)
