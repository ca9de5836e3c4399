"""Few weights in place of all: bottleneck adapters in the blocks of an encoder, or LoRA; the rest of the encoder is frozen.

A bottleneck adapter (Houlsby et al. 2019, section 2.1) of width m stands after the feed-forward part of each block, before
the residual sum (one a block, as Pfeiffer et al. 2021; Houlsby et al. have another one after attention):
  h + W_up · gelu(W_down · h + b_down) + b_up,   W_down [m, d], W_up [d, m]
W_up begins at 0, so that training begins at the encoder itself. 2md + m + d weights a block.

What learns besides: the head, and whatever the checkpoint did not bring.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

WEIGHTS = "adapted.safetensors"
"""Weights of an encoder with adapters: of another name than an ordinary checkpoint's, which would be loaded without them."""
WIDTH = "windward_adapter"
"""Where `config.json` says the width."""
_FEED_FORWARD = re.compile(r"\.layer\.\d+\.(output\.dense|ffn\.lin2)$|\.layers\.\d+\.mlp\.Wo$")
KNOWN = "BERT, RoBERTa, XLM-R, ELECTRA, MPNet, CamemBERT, DeBERTa, DistilBERT, ModernBERT"
"""Architectures whose blocks are found."""


class UntrainedError(ValueError):
    """A model whose classification head was never trained."""


def add_adapters(model: Any, width: int, fresh: frozenset[str] = frozenset()) -> None:
    """Puts adapters into a model of sequence classification, and freezes what shall not learn.

    Args:
        model: any of `KNOWN`.
        width: m.
        fresh: names of weights that the checkpoint did not bring.

    Raises:
        ValueError: its blocks were not found.
    """
    import torch

    class Bottleneck(torch.nn.Module):
        def __init__(self, d: int) -> None:
            super().__init__()
            self.down, self.up = torch.nn.Linear(d, width), torch.nn.Linear(width, d)
            torch.nn.init.trunc_normal_(self.down.weight, std=0.02)
            for zero in (self.down.bias, self.up.weight, self.up.bias):
                torch.nn.init.zeros_(zero)

        def forward(self, hidden: torch.Tensor) -> torch.Tensor:
            moved: torch.Tensor = self.up(torch.nn.functional.gelu(self.down(hidden)))
            return hidden + moved

    def through_adapter(module: Any, given: Any, made: Any) -> Any:
        return module.adapter(made)

    blocks = [module for name, module in model.named_modules() if _FEED_FORWARD.search(name)]
    if not blocks:
        raise ValueError(
            f"no blocks to put adapters into were found in {type(model).__name__}: give an encoder of {KNOWN}, or train with lora"
        )
    encoder = f"{model.base_model_prefix}."
    for name, weight in model.named_parameters():
        weight.requires_grad_(not name.startswith(encoder) or name in fresh)
    for block in blocks:
        block.adapter = Bottleneck(block.out_features).to(block.weight)
        block.register_forward_hook(through_adapter)
    setattr(model.config, WIDTH, width)


def with_lora(model: Any, rank: int, fresh: frozenset[str] = frozenset()) -> Any:
    """A model with LoRA (Hu et al. 2022) on its linear layers, scaled by 32/rank; peft's.

    Args:
        model: of sequence classification.
        rank: of the update of a layer.
        fresh: names of weights that the checkpoint did not bring.
    """
    from peft import LoraConfig, TaskType, get_peft_model

    encoder = model.base_model_prefix
    whole = [name for name, part in model.named_children() if name != encoder and list(part.parameters())]
    whole += sorted({name.rpartition(".")[0] for name in fresh if name.startswith(f"{encoder}.")})
    settings = LoraConfig(
        r=rank,
        lora_alpha=32,
        target_modules="all-linear",
        modules_to_save=whole,
        task_type=TaskType.SEQ_CLS,
    )
    return get_peft_model(model, settings)


def save_classifier(model: Any, tokenizer: Any, folder: Path) -> None:
    """Writes a checkpoint folder that `load_classifier` reads: an ordinary one but for bottleneck adapters.

    Args:
        model: of sequence classification, with or without adapters; LoRA is merged already.
        tokenizer: its tokenizer.
        folder: where; it exists.
    """
    from safetensors.torch import save_model

    if getattr(model.config, WIDTH, None):
        model.config.architectures = [type(model).__name__]
        model.config.save_pretrained(folder)
        save_model(model, str(folder / WEIGHTS))
    else:
        model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def load_classifier(path: str | Path) -> tuple[Any, Any]:
    """A model of sequence classification, with its adapters where it has some, and its tokenizer.

    Args:
        path: folder or hub id.

    Raises:
        OSError: it cannot be loaded.
        ValueError: it is no such model; as `UntrainedError`, that it has no trained head.
    """
    from safetensors.torch import load_model
    from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

    config = AutoConfig.from_pretrained(path)
    if (width := getattr(config, WIDTH, None)) is not None:
        model = AutoModelForSequenceClassification.from_config(config)
        add_adapters(model, width)
        load_model(model, str(Path(path) / WEIGHTS))
    else:
        model, loading = AutoModelForSequenceClassification.from_pretrained(path, output_loading_info=True)
        if loading["missing_keys"]:
            kind = ", ".join(config.architectures or ["no classifier"])
            raise UntrainedError(
                f"{path} has no trained classification head (it is {kind}): its answers would be chance; fine-tune it first"
            )
    return model.eval(), AutoTokenizer.from_pretrained(path)
