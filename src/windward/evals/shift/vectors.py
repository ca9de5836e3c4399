"""Vectors of many texts, kept chunk by chunk: a run that was killed computes none of them again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from windward.evals.shift.distances import Vectors

_CHUNK = 512


class Encoder(Protocol):
    """Texts as vectors of length 1; `windward.models.SentenceEncoder` is one.

    Attributes:
        name: of the encoder, with what tells one version from another.
    """

    name: str

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors, float32 [n, d], in the order of `texts`."""


def kept_vectors(
    encoder: Encoder, texts: Sequence[str], folder: Path, tell: Callable[[str], None] = lambda line: None
) -> Vectors:
    """The vectors of `texts`, [n, d]: out of the folder where they are there, else computed and kept.

    Args:
        encoder: what computes them.
        texts: at least one.
        folder: of one `.npy` file a chunk, named by the digest of encoder and texts.
        tell: shows a line of progress.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for start in range(0, len(texts), _CHUNK):
        chunk = texts[start : start + _CHUNK]
        path = folder / f"{text_digest(encoder.name, chunk)}.npy"
        if not path.exists():
            temporary = path.with_suffix(".part")
            with temporary.open("wb") as file:
                np.save(file, encoder.encode(chunk).astype(np.float32), allow_pickle=False)
            temporary.replace(path)
            tell(f"encoded {start + len(chunk):,} of {len(texts):,} texts")
        parts.append(np.load(path, allow_pickle=False))
    return np.concatenate(parts)


def text_digest(name: str, texts: Sequence[str]) -> str:
    """32 hexadecimal digits that tell these texts under this name from any others."""
    digest = hashlib.sha256(name.encode("utf-8"))
    for text in texts:
        encoded = text.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()[:32]
