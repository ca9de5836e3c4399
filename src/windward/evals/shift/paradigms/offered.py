"""The labels of one set: what a model may answer there, and what each answer counts as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from windward.evals.shift.paradigms.label_replies import label_words
from windward.evals.shift.task import ShiftError, Task


@dataclass(frozen=True)
class Offered:
    """Labels of one set.

    Attributes:
        labels: that a model is told of, and may answer, in the task's order; empty for questions.
        counts_as: of each, the label that it is scored as: its own, but where the set has two of a task's as one.
        of_task: all labels of the task.
    """

    labels: tuple[str, ...]
    counts_as: Mapping[str, str]
    of_task: tuple[str, ...]

    @property
    def counted(self) -> tuple[str, ...]:
        """The labels that are told apart in the scores."""
        return tuple(dict.fromkeys(self.counts_as[label] for label in self.labels))

    def counted_place(self, place: int) -> int:
        """The place of the label that the one at a place counts as, among the task's."""
        return self.of_task.index(self.counts_as[self.of_task[place]])


def offered(task: Task, dataset: str) -> Offered:
    """The labels of a set: the task's, without those that the set lacks.

    A label that counts as another one there (contradiction as neutral where a set says only whether something follows) is offered with it:
    a model is not asked to call a contradiction neutral.

    Raises:
        ShiftError: the set has fewer than two classes, or two labels have the same words.
    """
    merged = task.merged.get(dataset, {})
    own = set(task.mask.get(dataset, task.labels))
    strange = (own | set(merged) | set(merged.values())) - set(task.labels)
    if strange:
        raise ShiftError(f"{dataset}: {', '.join(sorted(strange))} is no label of task {task.name}")
    labels = tuple(label for label in task.labels if label in own or merged.get(label) in own)
    found = Offered(
        labels,
        {label: merged.get(label, label) for label in labels},
        task.labels,
    )
    if task.kind == "classification" and len(found.counted) < 2:
        raise ShiftError(f"{dataset} has {len(found.counted)} of the classes of {task.name}: two are needed")
    said = [label_words(label) for label in labels]
    if len(set(said)) < len(said) or () in said:
        raise ShiftError(
            f"task {task.name}: the labels {', '.join(labels)} cannot be told apart by their words: rename one"
        )
    return found
