"""Texts as vectors, kept on disk as they are made: a killed run goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from windward.models.sentence_model import sentence_encoder

_CHUNK = 2048


class Encoder(Protocol):
    """What turns texts into vectors, as `windward.models.sentence_model.SentenceEncoder` does.

    Attributes:
        name: changes whenever the vectors would.
        dimension: d.
        max_tokens: where texts are cut.
    """

    name: str
    dimension: int
    max_tokens: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors [n, d], in the order of the texts."""
        ...


def embed(
    texts: Sequence[str], model: str | Path | Encoder = "embedded", cache: str | Path | None = None
) -> NDArray[np.float32]:
    """One vector a text, float32 [n, d]; equal texts get the same vector to the last digit.

    Args:
        texts: what to encode; longer ones are cut at the encoder's limit.
        model: `embedded` (all-MiniLM-L6-v2, d = 384), a checkpoint, or an encoder.
        cache: a folder. Vectors of these texts by this encoder are written there 2,048 at a time and read back memory-mapped; a run
            that was killed loses at most the last 2,048. One process at a time may fill an entry.

    Returns:
        An array, or a read-only `np.memmap` of the file in the cache.

    Raises:
        ModelError: there is no such encoder.
        TypeError: a text is no string.
    """
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(
                f"text {place} is {type(text).__name__}, not a string; turn messages into text first"
            )
    encoder: Encoder = sentence_encoder(model) if isinstance(model, (str, Path)) else model
    if cache is None or not texts:
        vectors = np.empty((len(texts), encoder.dimension), dtype=np.float32)
        _fill(vectors, texts, encoder, 0, None)
        return vectors
    path = Path(cache) / f"{_key(texts, encoder)}.npy"
    path.parent.mkdir(parents=True, exist_ok=True)
    stand = path.with_suffix(".json")
    done = int(json.loads(stand.read_text())["done"]) if stand.is_file() and path.is_file() else 0
    if done < len(texts):
        shape = (len(texts), encoder.dimension)
        mapped: np.memmap[tuple[int, int], np.dtype[np.float32]] = np.lib.format.open_memmap(
            path, mode="r+" if done else "w+", dtype=np.float32, shape=shape
        )
        _fill(mapped, texts, encoder, done, stand)
        del mapped
    return np.load(path, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]


def _fill(
    vectors: NDArray[np.float32], texts: Sequence[str], encoder: Encoder, done: int, stand: Path | None
) -> None:
    """Encodes from text `done` on; what was encoded before is copied, and what is safe on disk is written to `stand`."""
    first: dict[str, int] = {}
    for place, text in enumerate(texts):
        first.setdefault(text, place)
    for start in range(done, len(texts), _CHUNK):
        places = range(start, min(start + _CHUNK, len(texts)))
        new = [place for place in places if first[texts[place]] == place]
        if new:
            vectors[new] = encoder.encode([texts[place] for place in new])
        for place in places:
            if first[texts[place]] != place:
                vectors[place] = vectors[first[texts[place]]]
        if stand is not None and isinstance(vectors, np.memmap):
            vectors.flush()
            beside = stand.with_suffix(".new")
            beside.write_text(json.dumps({"encoder": encoder.name, "done": places.stop, "of": len(texts)}))
            os.replace(beside, stand)


def _key(texts: Sequence[str], encoder: Encoder) -> str:
    found = hashlib.sha256(f"{encoder.name} {encoder.max_tokens} {encoder.dimension}".encode())
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        found.update(len(data).to_bytes(8, "little") + data)
    return found.hexdigest()[:32]
