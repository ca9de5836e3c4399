"""Result rows of a trained model: the task's metric on each set, under its masks and merged labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np

from windward.evals.shift.masks import columns, probabilities_on
from windward.evals.shift.metrics import Figure, accuracy, answer_scores, entity_f1
from windward.evals.shift.task import Example, ShiftError, Task
from windward.evals.shift.trained.asking import Predictions, TrainedModel, all_of, predictions_of
from windward.rows import Result
from windward.rows.labelled import Labelled
from windward.rows.questions import Question
from windward.rows.tagged import Tagged
from windward.training.fine_tuning import Answers
from windward.training.tagger import Tagging, read_off


def measure_sets(
    task: Task,
    model: TrainedModel,
    tests: Mapping[str, Sequence[Example]],
    *,
    name: str,
    split: str = "test",
    condition: Mapping[str, Any] | None = None,
    words: Sequence[str] | None = None,
) -> list[Result]:
    """Asks a model about test sets, and measures.

    Args:
        task: whose.
        model: trained on its set in distribution.
        tests: all examples of each set, by its name.
        name: of the model, as result rows call it.
        split: that the examples are of.
        condition: what else the rows say (`method`, `seed`, `factor`, …).
        words: see `predictions_of`.

    Raises:
        ShiftError: see `predictions_of` and `measure_trained`.
    """
    return [
        row
        for dataset, examples in tests.items()
        for row in measure_trained(
            task,
            dataset,
            examples,
            predictions_of(model, task, examples, words),
            name=name,
            split=split,
            condition=condition,
        )
    ]


def measure_trained(
    task: Task,
    dataset: str,
    examples: Sequence[Example],
    predictions: Predictions,
    *,
    name: str,
    split: str = "test",
    condition: Mapping[str, Any] | None = None,
) -> list[Result]:
    """The task's metric on a set: all its examples are the denominator.

    Classes and tags are the most probable ones after `probabilities_on`; a true label that counts as another one on this set
    does so here too. Beside entity F1 stands `untagged_rate`, the share of words that the model has no token for (they are `O`);
    beside answers `cut_rate`, of questions that were too long and lost their end, and `unfinished_rate`, of answers that had
    not come to an end. An empty answer is an unread one.

    Args:
        task: whose metric, masks and merged labels.
        dataset: name of the set.
        examples: all that were asked about.
        predictions: of each, in their order.
        name: of the model.
        split: that the examples are of.
        condition: what else the rows say, beside `task`, `trained_on` and `role` (`id` or `ood`).

    Raises:
        ShiftError: there are no examples, or the predictions are not theirs.
    """
    told: dict[str, Any] = {
        "task": task.name,
        "trained_on": task.id.name,
        "role": "id" if dataset == task.id.name else "ood",
    }
    return [
        figure.result(model=name, dataset=dataset, split=split, condition=told | dict(condition or {}))
        for figure in _figures(task, dataset, examples, predictions)
    ]


def _figures(task: Task, dataset: str, examples: Sequence[Example], predictions: Predictions) -> list[Figure]:
    if task.kind == "tagging" and isinstance(predictions, Tagging):
        return _of_tags(task, dataset, all_of(Tagged, task, examples), predictions)
    if task.kind == "questions" and isinstance(predictions, Answers):
        asked = all_of(Question, task, examples)
        return [
            *answer_scores([text or None for text in predictions.texts], asked),
            _share("cut_rate", predictions.cut, len(asked)),
            _share("unfinished_rate", predictions.unfinished, len(asked)),
        ]
    if task.kind == "classification" and isinstance(predictions, np.ndarray):
        merged = task.merged.get(dataset, {})
        labels = [task.labels[one.label] for one in all_of(Labelled, task, examples)]
        wanted = [task.labels.index(merged.get(label, label)) for label in labels]
        rows = probabilities_on(task, dataset, predictions)
        return [accuracy([int(place) for place in rows.argmax(axis=-1)], wanted)]
    raise ShiftError(
        f"{task.name} is a task of {task.kind}; its predictions are not {type(predictions).__name__}"
    )


def _of_tags(task: Task, dataset: str, examples: Sequence[Tagged], predictions: Tagging) -> list[Figure]:
    names = columns(task)
    tags = [read_off(probabilities_on(task, dataset, rows), names) for rows in predictions.probabilities]
    words = sum(len(one.words) for one in examples)
    return [entity_f1(tags, examples), _share("untagged_rate", predictions.untagged, words)]


def _share(metric: str, count: int, n: int) -> Figure:
    rate = count / n
    return Figure(metric, rate, sqrt(rate * (1 - rate) / n), n, 0)
