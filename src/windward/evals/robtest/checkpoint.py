"""A Hugging Face checkpoint of sequence classification as a victim."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windward.evals.robtest.dimension import RobTestError
from windward.models.classifier import class_probabilities, longest_input
from windward.models.fingerprint import fingerprint


class CheckpointClassifier:
    """Softmax of a checkpoint's logits; texts are cut at the model's longest input, as in training.

    Args:
        model: of `AutoModelForSequenceClassification`.
        tokenizer: its tokenizer.
        name: as the report calls it.
    """

    def __init__(self, model: Any, tokenizer: Any, name: str) -> None:
        self._model, self._tokenizer, self.name = model.eval(), tokenizer, name
        self._longest = longest_input(model, tokenizer)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the columns."""
        names = self._model.config.id2label
        return tuple(str(names[place]) for place in range(len(names)))

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """See `Classifier.predict`."""
        return class_probabilities(self._model, self._tokenizer, texts, longest=self._longest)


def checkpoint_classifier(path: str | Path, *, device: str | None = None) -> CheckpointClassifier:
    """Loads a folder or hub id.

    Args:
        path: of a model with a classification head, with bottleneck adapters or without.
        device: None is a GPU where there is one.

    Raises:
        RobTestError: it cannot be loaded, or has no trained head.
    """
    import torch

    from windward.training.robust.adapters import UntrainedError, load_classifier

    try:
        model, tokenizer = load_classifier(path)
    except UntrainedError as error:
        raise RobTestError(str(error)) from error
    except (OSError, ValueError) as error:
        raise RobTestError(
            f"{path} cannot be loaded as a classifier ({str(error).splitlines()[0]}): name the folder or hub id of a model of "
            "sequence classification"
        ) from error
    chosen = device or ("cuda" if torch.cuda.is_available() else "cpu")
    folder = Path(path)
    mark = (
        f"@{fingerprint(folder)[:12]}" if folder.is_dir() else ""
    )  # so that no run goes on with another model of that name
    return CheckpointClassifier(model.to(chosen), tokenizer, f"{folder.name}{mark}")
