"""One training of a run: the trainer that its task and model need, with the texts and steps of its plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from windward.evals.shift.synonyms import wordnet_synonyms
from windward.evals.shift.task import Example, ShiftError, Task
from windward.evals.shift.trained import train_on
from windward.evals.shift.trained.asking import all_of
from windward.models.sentence_model import embedded_encoder_path
from windward.recipes.shift.config import ShiftConfig
from windward.recipes.shift.plan import Training
from windward.rows.labelled import Labelled, drawn_at
from windward.training.classifier import ClassifierConfig, train_classifier
from windward.training.fine_tuning import FineTuning
from windward.training.robust.few_shot import n_per_class
from windward.training.robust.methods import Settings
from windward.training.robust.watching import steps_at

Measure = Callable[[int, float, Any], None]
"""Takes the steps and epochs done, and the model (`TrainedModel`) as it is then."""


@dataclass(frozen=True)
class _Watch:
    """Measures at some steps of a training."""

    steps: Sequence[int]
    an_epoch: int
    measure: Measure

    def __call__(self, step: int, model: Any) -> None:
        self.measure(step, step / self.an_epoch, model)


def learnt(task: Task, one: Training, train: Sequence[Example]) -> list[Example]:
    """The examples that a training learns from: all, or a few of each class (for entities and questions a few in all)."""
    if one.shots is None:
        return list(train)
    if task.kind == "classification":
        return list(n_per_class(all_of(Labelled, task, train), one.shots, one.seed))
    return [train[at] for at in drawn_at(len(train), one.shots, one.seed)]


def train(
    task: Task, one: Training, data: Sequence[Example], out: Path, config: ShiftConfig, measure: Measure
) -> Path:
    """Trains a model, or finds it trained; the checkpoint's folder.

    Args:
        task: that is learnt.
        one: the training.
        data: what it learns from.
        out: folder of the checkpoint.
        config: of the run.
        measure: called along the way, where the training is watched; not at its end.

    Raises:
        ShiftError: adapters are asked for, and the task is no classification.
        ValueError: the model cannot be trained by this method, or has no place for adapters.
        OSError: it cannot be loaded.
        ModelError: likewise.
        OutputError: `out` holds something else.
    """
    path: str | Path = embedded_encoder_path() if one.model == "embedded" else one.model
    copies = Settings().eda.copies if one.method == "eda" else 0
    an_epoch = -(-len(data) * (1 + copies) // config.batch_size)
    epochs = config.epochs if one.shots is None else max(config.epochs, ceil(config.shot_steps / an_epoch))
    watch = _watch(one, config, an_epoch, epochs, measure)
    if one.adapter is None:
        tuning = FineTuning(
            learning_rate=config.learning_rate,
            epochs=epochs,
            batch_size=config.batch_size,
            max_length=config.max_length,
            by_length=True,
            method=one.method,
            seed=one.seed,
        )
        return train_on(task, data, path, out, tuning, watch=watch, synonyms=wordnet_synonyms)
    if task.kind != "classification":
        raise ShiftError(
            f"adapters are for classification, and {task.name} is {task.kind}: leave out the factor adapter"
        )
    adapted = ClassifierConfig(
        learning_rate=config.adapter_rate,
        epochs=epochs,
        batch_size=config.batch_size,
        max_length=config.max_length,
        by_length=True,
        adapter=one.adapter,
        seed=one.seed,
    )
    return train_classifier(path, all_of(Labelled, task, data), task.labels, out, adapted).path


def _watch(one: Training, config: ShiftConfig, an_epoch: int, epochs: int, measure: Measure) -> _Watch | None:
    """At the shares of the first epoch and at the end of each but the last, which is measured when it is saved."""
    if not one.watched:
        return None
    shares = [*config.shares, *range(1, epochs)]
    steps = [step for step in steps_at(shares, an_epoch) if step < an_epoch * epochs]
    return _Watch(steps, an_epoch, measure)
