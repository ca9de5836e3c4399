"""What a training run's checkpoints showed on tested rows, step by step; the types that measuring, figures and studies share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from windward.models import Message

METRICS = ("loss", "rouge_l", "exact_match", "reward")
"""Negative log-likelihood a token of the right answer (nats); ROUGE-L's F, exact match and a reward model's score of what was generated."""
HIGHER_IS_BETTER = {"loss": False, "rouge_l": True, "exact_match": True, "reward": True}


class DynamicsError(ValueError):
    """Runs or rows that cannot be measured; the message says which, what is wrong and what to do."""


@dataclass(frozen=True)
class TestRow:
    """A row that is tested.

    Attributes:
        prompt: messages before the answer.
        answer: the right one.
        task: a task's curve is that of its rows.
    """

    __test__ = False

    prompt: tuple[Message, ...]
    answer: str
    task: str

    @property
    def text(self) -> str:
        """What the prompt says, for comparing it with others."""
        return "\n\n".join(message["content"] for message in self.prompt)


@dataclass(frozen=True, eq=False)
class Point:
    """One checkpoint.

    Attributes:
        step: optimizer steps done, 0 for the starting checkpoint.
        rows_seen: training rows of these steps.
        figures: by metric, one number a tested row, float64 [n]; NaN where the row could not be measured or was not asked.
        asked: by metric, how many rows were measured or tried, from the first on: a NaN among these is a row that could not
            be measured, one after them was never asked for (generation on fewer rows than the loss).
    """

    step: int
    rows_seen: int
    figures: Mapping[str, NDArray[np.float64]]
    asked: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class RunCurve:
    """One training run.

    Attributes:
        name: of the run, different for each.
        arrangement: what its rows and their order are called; runs that differ in nothing but the seed share it.
        seed: of the run.
        model: what it started from.
        points: by rising step; the first is step 0.
        learned: the step after which no row of a task was left to see, for tasks of the training rows; empty where rows name none.
        statement: who the rows were arranged for, and whether the tested ones are among these; None where nothing says so.
    """

    name: str
    arrangement: str
    seed: int
    model: str
    points: tuple[Point, ...]
    learned: Mapping[str, int] = field(default_factory=dict)
    statement: str | None = None
