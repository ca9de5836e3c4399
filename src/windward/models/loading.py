"""Finding a checkpoint's folder, and reading it quietly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from windward.models.fingerprint import KINDS
from windward.models.protocol import ModelError


def checkpoint_folder(path_or_name: str | Path) -> Path:
    """The folder of a checkpoint: itself, or the hub's snapshot.

    Raises:
        ModelError: it is neither.
    """
    path = Path(path_or_name).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise ModelError(f"{path} is not a checkpoint folder: it holds no config.json")
        return path
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    try:
        return Path(snapshot_download(str(path_or_name), allow_patterns=list(KINDS)))
    except (OSError, ValueError, HFValidationError) as error:
        raise ModelError(
            f"{path_or_name} is neither a checkpoint folder nor a model that could be fetched from the hub: {error}"
        ) from error


def native_bfloat16() -> bool:
    """Whether bfloat16 is faster than float32 here: on a GPU, or a processor that multiplies it natively."""
    import torch

    if torch.cuda.is_available():
        return True
    able = torch.cpu.get_capabilities()
    return any(able.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))


@contextmanager
def without_progress_bars() -> Iterator[None]:
    """Keeps transformers from drawing bars over the caller's own progress."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.enable_progress_bar()
