"""The policy that is trained: loading it with adapters, laying out its rows, saving it as an ordinary checkpoint."""

from __future__ import annotations

import random
from importlib.metadata import version
from pathlib import Path
from typing import Any

from windward.models.loading import without_progress_bars
from windward.training.config import TrainingConfig


def load_policy(path: Path, config: TrainingConfig) -> tuple[Any, Any]:
    """A checkpoint in float32, with adapters where they are wanted, and its tokenizer."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed

    from windward.models.attention import use_layouts

    with without_progress_bars():
        model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    use_layouts(model)
    if config.lora_rank:
        from peft import LoraConfig, get_peft_model

        set_seed(config.seed)
        adapters = LoraConfig(
            r=config.lora_rank,
            lora_alpha=config.lora_alpha,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        )
        model = get_peft_model(model, adapters)
    return model, AutoTokenizer.from_pretrained(path)


def save_policy(model: Any, tokenizer: Any, folder: Path) -> None:
    """Writes an ordinary checkpoint folder; adapters are merged into the weights."""
    if hasattr(model, "merge_and_unload"):
        model = model.merge_and_unload()
    with without_progress_bars():
        model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def row_order(count: int, config: TrainingConfig) -> list[int]:
    """The rows of all epochs, in the order in which they are trained on."""
    if config.order == "given":
        return list(range(count)) * config.epochs
    rows: list[int] = []
    for epoch in range(config.epochs):
        shuffled = list(range(count))
        random.Random(f"{config.seed}/{epoch}").shuffle(shuffled)
        rows.extend(shuffled)
    return rows


def versions() -> dict[str, str]:
    """The libraries whose change may change a result."""
    return {name: version(name) for name in ("windward", "torch", "transformers", "peft", "accelerate")}
