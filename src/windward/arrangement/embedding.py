"""Texts as vectors, kept on disk as they are made: a killed run goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from windward.models.sentence_model import sentence_encoder

_CHUNK = 2048

Places = NDArray[np.int64]
Spread = Callable[[Iterable[Places]], Iterable[NDArray[np.float32]]]
"""For each chunk the vectors of the texts at these places, in the order of the chunks; each as `Encoder.encode` makes them together."""


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
    texts: Collection[str],
    model: str | Path | Encoder = "embedded",
    cache: str | Path | None = None,
    *,
    spread: Spread | None = None,
) -> NDArray[np.float32]:
    """One vector a text, float32 [n, d]; equal texts get the same vector to the last digit.

    The work is cut into chunks of 2,048 texts, of which those are encoded that did not come before. So the vectors depend on the texts
    and their order alone: not on files that they come from, nor on who encodes a chunk.

    Args:
        texts: what to encode; longer ones are cut at the encoder's limit. They are gone through twice and never held.
        model: `embedded` (all-MiniLM-L6-v2, d = 384), a checkpoint, or an encoder.
        cache: a folder. Vectors of these texts by this encoder are written there 2,048 at a time and read back memory-mapped; a run
            that was killed loses at most the last 2,048. One process at a time may fill an entry.
        spread: encodes chunks elsewhere; None: here, one after the other.

    Returns:
        An array, or a read-only `np.memmap` of the file in the cache.

    Raises:
        ModelError: there is no such encoder.
        TypeError: a text is no string.
    """
    encoder: Encoder = sentence_encoder(model) if isinstance(model, (str, Path)) else model
    first, key = _first_places(texts, encoder)
    spread = spread or (lambda chunks: _here(encoder, texts, chunks))
    if cache is None or not len(texts):
        vectors = np.empty((len(texts), encoder.dimension), dtype=np.float32)
        _fill(vectors, first, spread, 0, None)
        return vectors
    path = Path(cache) / f"{key}.npy"
    path.parent.mkdir(parents=True, exist_ok=True)
    stand = path.with_suffix(".json")
    done = int(json.loads(stand.read_text())["done"]) if stand.is_file() and path.is_file() else 0
    if done < len(texts):
        shape = (len(texts), encoder.dimension)
        mapped: np.memmap[tuple[int, int], np.dtype[np.float32]] = np.lib.format.open_memmap(
            path, mode="r+" if done else "w+", dtype=np.float32, shape=shape
        )

        def keep(until: int) -> None:
            mapped.flush()
            beside = stand.with_suffix(".new")
            beside.write_text(json.dumps({"encoder": encoder.name, "done": until, "of": len(texts)}))
            os.replace(beside, stand)

        _fill(mapped, first, spread, done, keep)
        del mapped
    return np.load(path, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]


def _fill(
    vectors: NDArray[np.float32],
    first: Places,
    spread: Spread,
    done: int,
    keep: Callable[[int], None] | None,
) -> None:
    """Encodes from text `done` on; what came before is copied; `keep` is told up to where all is there."""
    spans = [(start, min(start + _CHUNK, len(first))) for start in range(done, len(first), _CHUNK)]
    chunks = (start + np.flatnonzero(first[start:stop] == np.arange(start, stop)) for start, stop in spans)
    new = [(start, stop, places) for (start, stop), places in zip(spans, chunks, strict=True)]
    encoded = iter(spread(places for _, _, places in new if len(places)))
    for start, stop, places in new:
        if len(places):
            vectors[places] = next(encoded)
        again = np.setdiff1d(np.arange(start, stop), places, assume_unique=True)
        vectors[again] = vectors[first[again]]
        if keep is not None:
            keep(stop)


def _here(encoder: Encoder, texts: Iterable[str], chunks: Iterable[Places]) -> Iterator[NDArray[np.float32]]:
    rest, at = iter(texts), 0
    for places in chunks:
        span = list(islice(rest, int(places[0]) - at, int(places[-1]) + 1 - at))
        at = int(places[-1]) + 1
        yield encoder.encode([span[place] for place in places - places[0]])


def _first_places(texts: Collection[str], encoder: Encoder) -> tuple[Places, str]:
    """Where each text first comes, and the key of all of them with this encoder.

    Raises:
        TypeError: a text is no string.
    """
    key = hashlib.sha256(f"{encoder.name} {encoder.max_tokens} {encoder.dimension}".encode())
    digests = np.empty((len(texts), 2), dtype=np.uint64)
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(
                f"text {place} is {type(text).__name__}, not a string; turn messages into text first"
            )
        data = text.encode("utf-8", "surrogatepass")
        key.update(len(data).to_bytes(8, "little") + data)
        digests[place] = np.frombuffer(hashlib.blake2b(data, digest_size=16).digest(), dtype=np.uint64)
    order = np.lexsort((digests[:, 1], digests[:, 0]))  # stable: of equals the first comes first
    other = np.ones(len(order), dtype=np.bool_)
    other[1:] = (digests[order[1:]] != digests[order[:-1]]).any(axis=1)
    first = np.empty(len(order), dtype=np.int64)
    first[order] = order[np.flatnonzero(other)][np.cumsum(other) - 1]
    return first, key.hexdigest()[:32]
