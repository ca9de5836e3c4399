"""Measuring a classifier while it learns, without saving it; and a saved one in the same way."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from math import ceil
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from windward.models.classifier import class_probabilities, longest_input
from windward.rows.labelled import Labelled
from windward.training.stamp import RECORD

Predict = Callable[[Sequence[Labelled]], NDArray[np.float64]]
"""Probabilities of the classes of n texts, [n, classes]; labels are not looked at."""


class Watch(Protocol):
    """Someone who measures at steps of a run.

    A run that was cut off goes on from the end of an epoch: it calls for the steps after that again. What a call stored of
    steps up to there stays valid; a run that was finished before calls for none.
    """

    @property
    def steps(self) -> Sequence[int]:
        """Steps done when it is called; 0 is before training."""
        ...

    def __call__(self, step: int, predict: Predict, /) -> None:
        """Measures.

        Args:
            step: steps done.
            predict: asks the model as it is, without dropout; it holds only during this call.
        """
        ...


def check_watched(watched: Sequence[int], steps: int) -> None:
    """Refuses steps that a run of so many does not have.

    Raises:
        ValueError: there are such.
    """
    if any(not 0 <= step <= steps for step in watched):
        raise ValueError(
            f"steps {sorted(watched)} are watched in a run of {steps}: give steps in 0 … {steps}"
        )


def steps_at(epochs: Sequence[float], steps_an_epoch: int) -> tuple[int, ...]:
    """Steps at which shares of epochs are done, rising and each once; more than nothing is at least one step.

    Args:
        epochs: such as 0, 0.1, 0.5, 1, 2.
        steps_an_epoch: see `windward.training.classifier.steps_an_epoch`.
    """
    return tuple(
        sorted({max(1, ceil(round(share * steps_an_epoch, 6))) if share > 0 else 0 for share in epochs})
    )


def predictor(path: str | Path, *, longest: int | None = None, device: str | None = None) -> Predict:
    """Asks a saved classifier, plain or with adapters.

    Args:
        path: folder or hub id of a model with a trained classification head.
        longest: tokens of a text at most; None is as in its training, else the model's longest input.
        device: None is a GPU where there is one.

    Raises:
        OSError: it cannot be loaded.
        ValueError: it has no trained head.
    """
    from torch.cuda import is_available

    from windward.training.robust.adapters import load_classifier

    model, tokenizer = load_classifier(path)
    model.to(device or ("cuda" if is_available() else "cpu"))
    return predict_of(
        model, tokenizer, longest or _trained_length(Path(path)) or longest_input(model, tokenizer)
    )


def predict_of(model: Any, tokenizer: Any, longest: int) -> Predict:
    """Asks a loaded classifier.

    Args:
        model: of sequence classification.
        tokenizer: its tokenizer.
        longest: tokens of a text at most.
    """

    def predict(data: Sequence[Labelled]) -> NDArray[np.float64]:
        texts, seconds = [one.text for one in data], [one.second for one in data]
        return class_probabilities(model, tokenizer, texts, seconds, longest=longest)

    return predict


def _trained_length(folder: Path) -> int | None:
    record = folder / RECORD
    if not record.is_file():
        return None
    found = json.loads(record.read_text()).get("identity", {}).get("max_length")
    return found if isinstance(found, int) else None
