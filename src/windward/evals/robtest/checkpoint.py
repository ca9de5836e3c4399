"""A Hugging Face checkpoint of sequence classification as a victim."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windward.evals.robtest.dimension import RobTestError
from windward.models.batches import batch_tokens, batches
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
        limits = (getattr(model.config, "max_position_embeddings", None), tokenizer.model_max_length)
        self._longest = min(limit for limit in limits if isinstance(limit, int) and limit > 0)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the columns."""
        names = self._model.config.id2label
        return tuple(str(names[place]) for place in range(len(names)))

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """See `Classifier.predict`."""
        import torch

        tokens = self._tokenizer(list(texts), truncation=True, max_length=self._longest)
        lengths = [len(ids) for ids in tokens["input_ids"]]
        found: list[Any] = [None] * len(texts)
        with torch.inference_mode():
            for places in batches(lengths, batch_tokens(self._model.device)):
                batch = self._tokenizer.pad(
                    {name: [values[at] for at in places] for name, values in tokens.items()},
                    return_tensors="pt",
                ).to(self._model.device)
                rows = self._model(**batch).logits.double().softmax(dim=-1).cpu().numpy()
                for at, row in zip(places, rows, strict=True):
                    found[at] = row
        return np.stack(found)


def checkpoint_classifier(path: str | Path, *, device: str | None = None) -> CheckpointClassifier:
    """Loads a folder or hub id.

    Args:
        path: of a model with a classification head.
        device: None is a GPU where there is one.

    Raises:
        RobTestError: it cannot be loaded, or has no trained head.
    """
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

    try:
        config = AutoConfig.from_pretrained(path)
        model, loading = AutoModelForSequenceClassification.from_pretrained(path, output_loading_info=True)
        tokenizer = AutoTokenizer.from_pretrained(path)
    except (OSError, ValueError) as error:
        raise RobTestError(
            f"{path} cannot be loaded as a classifier ({str(error).splitlines()[0]}): name the folder or hub id of a model of "
            "sequence classification"
        ) from error
    if loading["missing_keys"]:
        kind = ", ".join(config.architectures or ["no classifier"])
        raise RobTestError(
            f"{path} has no trained classification head (it is {kind}): its answers would be chance; fine-tune it first"
        )
    chosen = device or ("cuda" if torch.cuda.is_available() else "cpu")
    folder = Path(path)
    mark = (
        f"@{fingerprint(folder)[:12]}" if folder.is_dir() else ""
    )  # so that no run goes on with another model of that name
    return CheckpointClassifier(model.to(chosen), tokenizer, f"{folder.name}{mark}")
