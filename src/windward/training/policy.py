"""The policy that is trained: loading it with adapters, laying out its rows, saving it as an ordinary checkpoint."""

from __future__ import annotations

import copy
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
    from windward.training.processes import here

    with without_progress_bars():
        model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    model.to(here().device)
    use_layouts(model)
    set_seed(config.seed)
    return adapted(model, config, "CAUSAL_LM"), AutoTokenizer.from_pretrained(path)


def adapted(model: Any, config: TrainingConfig, task: str) -> Any:
    """A model with adapters, where they are wanted; `task` is peft's name for what it does."""
    if not config.lora_rank:
        return model
    from peft import LoraConfig, get_peft_model

    adapters = LoraConfig(
        r=config.lora_rank, lora_alpha=config.lora_alpha, target_modules="all-linear", task_type=task
    )
    return get_peft_model(model, adapters)


def save_policy(model: Any, tokenizer: Any, folder: Path) -> None:
    """Writes an ordinary checkpoint folder; adapters are merged into the weights."""
    with without_progress_bars():
        merged(model).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def save_snapshot(model: Any, tokenizer: Any, folder: Path) -> None:
    """Writes the checkpoint that `save_policy` would, and leaves a model that goes on training as it is."""
    save_policy(copy.deepcopy(model) if hasattr(model, "merge_and_unload") else model, tokenizer, folder)


def merged(model: Any) -> Any:
    """A model whose adapters, where it has any, are part of its weights."""
    return model.merge_and_unload() if hasattr(model, "merge_and_unload") else model


def versions() -> dict[str, str]:
    """The libraries whose change may change a result."""
    return {name: version(name) for name in ("windward", "torch", "transformers", "peft", "accelerate")}
