"""A checkpoint's identity: a hash of what is in it, not of where it lies."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

KINDS = ("*.safetensors", "*.bin", "*.json", "*.jinja", "*.model", "*.txt")
RECORDS = frozenset({"training.json", "trainer_state.json", "README.md"})
"""Files that tell how a checkpoint came about and change nothing that it answers."""


def fingerprint(folder: Path) -> str:
    """SHA-256 of weights, configuration and tokenizer of a checkpoint folder, in hex.

    Each file's hash is remembered in `$XDG_CACHE_HOME/windward` with its size and time of change, so that
    weights are read once.
    """
    files = sorted(
        {file for kind in KINDS for file in folder.glob(kind) if file.name not in RECORDS},
        key=lambda file: file.name,
    )
    lines = [f"{_remembered(file.resolve())} {file.name}" for file in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _remembered(file: Path) -> str:
    state = file.stat()
    if state.st_size < 1 << 20:
        return _hash(file)
    known = [str(file), state.st_size, state.st_mtime_ns]
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "windward" / "fingerprints"
    record = home / f"{hashlib.sha256(json.dumps(known).encode()).hexdigest()[:32]}.txt"
    if record.is_file():
        return record.read_text()
    digest = _hash(file)
    home.mkdir(parents=True, exist_ok=True)
    part = record.with_suffix(f".{os.getpid()}.part")
    part.write_text(digest)
    part.replace(record)
    return digest


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
