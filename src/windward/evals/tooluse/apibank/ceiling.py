"""What the recorded calls themselves score: the highest that a model can be given, and why it is not everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from windward.evals.tooluse.apibank.check import Fault, by_result, truth
from windward.evals.tooluse.apibank.load import ApiTask


@dataclass(frozen=True)
class Ceiling:
    """Whether a task's recorded call is accepted by its result.

    Attributes:
        task_id: the task.
        tool: the recorded call's tool.
        accepted: whether it is.
        fault: why not; None if it is.
        detail: the fault in words; empty if there is none.
    """

    task_id: str
    tool: str
    accepted: bool
    fault: Fault | None
    detail: str


def ceiling(tasks: Iterable[ApiTask], database: Mapping[str, Any]) -> list[Ceiling]:
    """Puts every recorded call through `by_result`, as if a model had made it."""
    rows = []
    for task in tasks:
        gold = truth(task, database)
        verdict = by_result(task, task.gold, database, gold)
        rows.append(Ceiling(task.id, task.gold.tool, verdict.correct, gold.fault, gold.detail))
    return rows


def causes(rows: Iterable[Ceiling]) -> dict[str, int]:
    """How many tasks there are of each fault, and `accepted`; the counts sum to the number of tasks."""
    return dict(Counter(row.fault or "accepted" for row in rows))
