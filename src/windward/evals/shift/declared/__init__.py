"""The five tasks and twenty datasets of BOSS, and one of rated sentences: where they are, their label rules, masks and caps."""

from __future__ import annotations

from collections.abc import Mapping

from windward.evals.shift.declared import entities, inference, questions, rated, sentiment, toxicity
from windward.evals.shift.task import Task

TASKS: Mapping[str, Task] = {
    task.name: task
    for task in (
        sentiment.TASK,
        toxicity.TASK,
        inference.TASK,
        entities.TASK,
        questions.TASK,
        rated.TASK,
    )
}
"""By name."""

__all__ = ["TASKS"]
