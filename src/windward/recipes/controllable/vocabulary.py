"""A checkpoint whose vocabulary has a token for each level of each objective, to be trained on conditions of style `tokens`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from windward.recipes.errors import RecipeError
from windward.training.controllable import Scale, add_tokens

RECORD = "conditions.json"
"""Beside the checkpoint: which levels its vocabulary holds."""
_KEPT = "training.json"
"""What the checkpoint was trained on, and must not be scored on, stays with it."""


def with_tokens(
    checkpoint: str, out: Path, scales: Mapping[str, Scale], *, tell: Callable[[str], None] = print
) -> Path:
    """Writes the checkpoint with the added tokens; their embeddings start near the mean of the others.

    Raises:
        RecipeError: `out` is there already.
        ModelError: there is no such checkpoint.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from windward.models.loading import checkpoint_folder

    if out.exists():
        raise RecipeError(f"{out} is there already: name a new folder")
    source = checkpoint_folder(checkpoint)
    tokenizer = AutoTokenizer.from_pretrained(source)
    model = AutoModelForCausalLM.from_pretrained(source)
    added = add_tokens(tokenizer, model, scales)
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    model.save_pretrained(part)
    tokenizer.save_pretrained(part)
    if (source / _KEPT).is_file():
        shutil.copyfile(source / _KEPT, part / _KEPT)
    levels = {name: asdict(scale) for name, scale in scales.items()}
    (part / RECORD).write_text(json.dumps(levels, indent=1) + "\n", encoding="utf-8")
    part.rename(out)
    tell(f"{added} tokens added; {len(tokenizer):,} in all")
    return out
