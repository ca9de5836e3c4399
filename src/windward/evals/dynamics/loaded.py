"""A checkpoint in memory: its losses are computed by the model itself, its answers by the same model behind our batches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windward.models import Local, ModelError
from windward.models.attention import use_layouts
from windward.models.loading import checkpoint_folder, without_progress_bars


@dataclass(frozen=True)
class Loaded:
    """A checkpoint.

    Attributes:
        model: a causal language model in float32, on a GPU where there is one; its attention is replaced by layouts.
        tokenizer: its own.
        name: of its folder.
    """

    model: Any
    tokenizer: Any
    name: str

    def answering(self) -> Local:
        """The same weights as a model that answers."""
        config = self.model.config.get_text_config()
        limits = [config.max_position_embeddings, getattr(config, "sliding_window", None)]
        return Local(
            self.model,
            self.tokenizer,
            self.name,
            max_batch=32,
            max_context=min(limit for limit in limits if limit),
            prefix_mb=64,
        )


def load_checkpoint(path: Path) -> Loaded:
    """Reads a checkpoint.

    Raises:
        ModelError: there is none, or its architecture cannot run in process.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = checkpoint_folder(path)
    try:
        with without_progress_bars():
            model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
        use_layouts(model)
        return Loaded(model, AutoTokenizer.from_pretrained(folder), folder.name)
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} could not be loaded: {error}") from error
