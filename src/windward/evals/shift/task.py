"""A task: one set in distribution, others out of it, and the labels they share (BOSS, section 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from windward.rows.labelled import Labelled
from windward.rows.questions import Question
from windward.rows.tagged import Tagged

Kind = Literal["classification", "tagging", "questions"]
"""What an example is: `Labelled`, `Tagged` or `Question`."""
Metric = Literal["accuracy", "entity_f1", "f1"]
"""`accuracy` of classes, `entity_f1` of entities (micro), `f1` of the words of answers (beside it `exact_match`)."""
Example = Labelled | Tagged | Question
Record = Mapping[str, Any]
"""A row as its file or the hub has it."""


class ShiftError(ValueError):
    """Something that cannot be measured as asked; the message says what and what to do."""


@dataclass(frozen=True)
class Dataset:
    """A set of examples, and how its rows are read.

    Attributes:
        name: short, as reports call it.
        hub: its name on the hub, with a configuration behind a colon where it has several; "" where it is not there.
        splits: its names of `train`, `dev` and `test`; a split that is made of several joins them with `+`.
        example: of a row with its id; None for rows that have no part in the task (a rating between two classes).
        cap: examples a class at most, drawn by the seed; None is no limit.
        note: what a user must know to get it (a form, a licence); "" for nothing.
    """

    name: str
    hub: str
    splits: Mapping[str, str]
    example: Callable[[str, Record], Example | None]
    cap: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Task:
    """What is trained on and what it is tested on.

    Attributes:
        name: of the task.
        kind: of its examples.
        id: the set in distribution.
        ood: the sets out of it.
        labels: classes, or types of entities, in the order of the model's; empty for questions.
        metric: that decides.
        mask: by the name of a set, the labels that it has, where it lacks some: the others get probability 0 there.
        merged: by the name of a set, labels that count as another one there: their probabilities are added up.
    """

    name: str
    kind: Kind
    id: Dataset
    ood: tuple[Dataset, ...]
    labels: tuple[str, ...]
    metric: Metric
    mask: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    merged: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        """All of them, the one in distribution first."""
        return (self.id, *self.ood)
