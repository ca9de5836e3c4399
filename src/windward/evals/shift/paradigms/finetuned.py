"""A fine-tuned small model as a row beside the paradigms: measured on the same examples, with the same labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from windward.evals.shift.masks import columns, probabilities_on
from windward.evals.shift.metrics import Figure, accuracy, answer_scores, entity_f1
from windward.evals.shift.paradigms.offered import offered
from windward.evals.shift.task import Example, ShiftError, Task
from windward.rows.labelled import Labelled
from windward.rows.questions import Question
from windward.rows.tagged import Tagged
from windward.training.tagger import read_off


@dataclass(frozen=True)
class FineTuned:
    """A model that was trained on the set in distribution.

    Attributes:
        name: as result rows call it.
        predict: of examples, for classes: probabilities (examples, labels of the task); for entities: of each sentence (words,
            `masks.columns` of the task); for questions: a text each.
    """

    name: str
    predict: Callable[[Sequence[Any]], Any]

    def figures(
        self, task: Task, dataset: str, examples: Sequence[Example], *, seed: int = 0
    ) -> list[Figure]:
        """The task's metrics on examples of a set, with the set's mask and merged labels.

        Args:
            task: of the model.
            dataset: name of the set.
            examples: of it.
            seed: of the bootstrap.

        Raises:
            ShiftError: the predictions do not fit task and examples.
        """
        given = self.predict(examples)
        if len(given) != len(examples):
            raise ShiftError(
                f"{self.name} predicts {len(given)} times for {len(examples)} examples of {dataset}"
            )
        if task.kind == "questions":
            return [*answer_scores(given, [one for one in examples if isinstance(one, Question)])]
        if task.kind == "tagging":
            tags = [read_off(probabilities_on(task, dataset, one), columns(task)) for one in given]
            return [entity_f1(tags, [one for one in examples if isinstance(one, Tagged)], seed=seed)]
        labels = offered(task, dataset)
        golds = [labels.counted_place(one.label) for one in examples if isinstance(one, Labelled)]
        chosen = probabilities_on(task, dataset, np.stack(given)).argmax(axis=-1)
        return [accuracy(chosen.tolist(), golds)]
