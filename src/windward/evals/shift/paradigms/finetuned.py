"""A fine-tuned small model as a row beside the paradigms: measured on the same examples, with the same labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from windward.evals.shift.paradigms.config import FINE_TUNED, ParadigmConfig
from windward.evals.shift.task import Example, ShiftError, Task
from windward.evals.shift.trained import TrainedModel, measure_sets, open_trained
from windward.rows import Result


@dataclass(frozen=True)
class FineTuned:
    """A model that was trained on the set in distribution.

    Attributes:
        name: as result rows call it.
        model: of the task's kind.
    """

    name: str
    model: TrainedModel

    def results(
        self, task: Task, tested: Mapping[str, Sequence[Example]], config: ParadigmConfig
    ) -> list[Result]:
        """The task's metrics on the examples of each set, with its mask and merged labels.

        Raises:
            ShiftError: model and task do not fit.
        """
        condition = {"method": FINE_TUNED, "paradigm": FINE_TUNED, "seed": config.seed}
        return measure_sets(task, self.model, tested, name=self.name, split=config.split, condition=condition)


def fine_tuned(task: Task, path: str) -> FineTuned:
    """A checkpoint that was trained on a task's set in distribution.

    Args:
        task: what it answers.
        path: folder or hub id.

    Raises:
        ModelError: it cannot be loaded.
        ShiftError: it has no trained head of the task's kind.
    """
    try:
        return FineTuned(path, open_trained(task, path))
    except ValueError as error:
        raise ShiftError(f"{path} is no checkpoint that was trained on {task.name}: {error}") from error
