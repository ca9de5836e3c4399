"""What a trained model says of examples: probabilities of classes or of tags, or answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from windward.evals.shift.masks import columns
from windward.evals.shift.task import Example, ShiftError, Task
from windward.rows.labelled import Labelled
from windward.rows.questions import Question
from windward.rows.tagged import Tagged
from windward.training.answerer import Answerer, answerer
from windward.training.fine_tuning import Answers
from windward.training.robust.watching import Predict, predictor
from windward.training.seq2seq import Seq2Seq, seq2seq, source_of_question, source_of_text
from windward.training.tagger import Tagger, Tagging, tagger

TrainedModel: TypeAlias = Predict | Seq2Seq | Tagger | Answerer
"""Of classes `Predict` or `Seq2Seq`, of tags `Tagger`, of questions `Answerer` or `Seq2Seq`."""
Predictions: TypeAlias = NDArray[np.float64] | Tagging | Answers
"""Of classes (n, classes), in the order of the task's labels; of tags, of questions."""
One = TypeVar("One", Labelled, Tagged, Question)


def open_trained(task: Task, path: str | Path, *, device: str | None = None) -> TrainedModel:
    """Loads a checkpoint that was trained on a task: an encoder-decoder, or an encoder with the head that the task needs.

    Args:
        task: what it answers.
        path: folder or hub id.
        device: None is a GPU where there is one.

    Raises:
        ModelError: it cannot be loaded, or has no trained head of that kind.
        OSError: likewise.
        ValueError: likewise, of a classifier.
    """
    from transformers import AutoConfig

    if task.kind == "tagging":
        return tagger(path, device=device)
    if AutoConfig.from_pretrained(path).is_encoder_decoder:
        return seq2seq(path, device=device)
    return answerer(path, device=device) if task.kind == "questions" else predictor(path, device=device)


def predictions_of(
    model: TrainedModel, task: Task, examples: Sequence[Example], words: Sequence[str] | None = None
) -> Predictions:
    """Asks a model; labels, tags and answers of the examples are not looked at.

    Args:
        model: trained on the task.
        task: what it was trained on.
        examples: of any of its sets.
        words: what stands for each class, where an encoder-decoder was trained on other words than the names of the labels.

    Raises:
        ShiftError: the model or an example is of another kind than the task, or the model's tags are not the task's.
    """
    if task.kind == "tagging":
        if not isinstance(model, Tagger) or model.tags != columns(task):
            raise ShiftError(f"{task.name} needs a tagger whose tags are {', '.join(columns(task))}")
        return model.predict([one.words for one in all_of(Tagged, task, examples)])
    if task.kind == "questions":
        asked = all_of(Question, task, examples)
        if isinstance(model, Answerer):
            return model.predict(asked)
        if isinstance(model, Seq2Seq):
            return model.generate([source_of_question(one) for one in asked])
        raise ShiftError(f"{task.name} needs a model that answers questions")
    texts = all_of(Labelled, task, examples)
    if isinstance(model, Seq2Seq):
        return model.probabilities(
            [source_of_text(one.text, one.second) for one in texts], words or task.labels
        )
    if isinstance(model, Tagger | Answerer):
        raise ShiftError(f"{task.name} needs a model that tells classes")
    return model(texts)


def all_of(kind: type[One], task: Task, examples: Sequence[Example]) -> list[One]:
    """The examples, which are all of one kind.

    Raises:
        ShiftError: one is not.
    """
    found = [one for one in examples if isinstance(one, kind)]
    if len(found) < len(examples):
        strange = next(one for one in examples if not isinstance(one, kind))
        raise ShiftError(
            f"{task.name} is of {kind.__name__} examples; {strange.id} is {type(strange).__name__}"
        )
    return found
