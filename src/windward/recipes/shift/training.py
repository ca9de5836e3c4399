"""One training of a run: the trainer that its task and model need, with the texts and steps of its plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Any

from windward.evals.shift.masks import columns
from windward.evals.shift.synonyms import wordnet_synonyms
from windward.evals.shift.task import Example, ShiftError, Task
from windward.evals.shift.trained.asking import all_of
from windward.models.sentence_model import embedded_encoder_path
from windward.recipes.shift.config import ShiftConfig
from windward.recipes.shift.plan import PLAIN, Training
from windward.rows.labelled import Labelled, drawn_at
from windward.rows.questions import Question
from windward.rows.tagged import Tagged
from windward.training.answerer import train_answerer
from windward.training.classifier import ClassifierConfig, steps_an_epoch, train_classifier
from windward.training.fine_tuning import FineTuning
from windward.training.robust.few_shot import n_per_class
from windward.training.robust.watching import steps_at
from windward.training.seq2seq import answered_pairs, labelled_pairs, train_seq2seq
from windward.training.tagger import train_tagger

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
        ShiftError: methods and adapters are of text classification with encoders alone.
        OSError: the model cannot be loaded.
        ModelError: likewise.
        OutputError: `out` holds something else.
    """
    path: str | Path = embedded_encoder_path() if one.model == "embedded" else one.model
    rate = config.learning_rate if one.adapter is None else config.adapter_rate
    paired = _is_encoder_decoder(path)
    if task.kind == "classification" and not paired:
        settings = ClassifierConfig(
            learning_rate=rate,
            batch_size=config.batch_size,
            max_length=config.max_length,
            method=one.method,
            adapter=one.adapter,
            seed=one.seed,
        )
        an_epoch = steps_an_epoch(len(data), settings)
        settings = replace(settings, epochs=_epochs(one, config, an_epoch))
        watch = _watch(one, config, an_epoch, settings.epochs, measure)
        synonyms = wordnet_synonyms if one.method == "eda" else None
        texts = all_of(Labelled, task, data)
        return train_classifier(path, texts, task.labels, out, settings, watch=watch, synonyms=synonyms).path
    if one.method != PLAIN or one.adapter is not None:
        raise ShiftError(
            f"methods and adapters are for classification with an encoder; {task.name} with {one.model} is "
            f"{'an encoder-decoder' if paired else task.kind}: leave out the factors method and adapter"
        )
    an_epoch = -(-len(data) // config.batch_size)
    tuning = FineTuning(
        learning_rate=rate,
        epochs=_epochs(one, config, an_epoch),
        batch_size=config.batch_size,
        max_length=config.max_length,
        seed=one.seed,
    )
    watch = _watch(one, config, an_epoch, tuning.epochs, measure)
    if task.kind == "tagging":
        return train_tagger(path, all_of(Tagged, task, data), columns(task), out, tuning, watch).path
    if task.kind == "questions" and not paired:
        return train_answerer(path, all_of(Question, task, data), out, tuning, watch).path
    pairs = (
        answered_pairs(all_of(Question, task, data))
        if task.kind == "questions"
        else labelled_pairs(all_of(Labelled, task, data), task.labels)
    )
    return train_seq2seq(path, pairs, out, tuning, watch).path


def _is_encoder_decoder(path: str | Path) -> bool:
    from transformers import AutoConfig

    return bool(AutoConfig.from_pretrained(path).is_encoder_decoder)


def _epochs(one: Training, config: ShiftConfig, an_epoch: int) -> int:
    return config.epochs if one.shots is None else max(config.epochs, ceil(config.shot_steps / an_epoch))


def _watch(one: Training, config: ShiftConfig, an_epoch: int, epochs: int, measure: Measure) -> _Watch | None:
    """At the shares of the first epoch and at the end of each but the last, which is measured when it is saved."""
    if not one.watched:
        return None
    shares = [*config.shares, *range(1, epochs)]
    steps = [step for step in steps_at(shares, an_epoch) if step < an_epoch * epochs]
    return _Watch(steps, an_epoch, measure)
