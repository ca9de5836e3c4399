"""Training vectors wherever they lie: in memory, or in a file that is read block by block and never held whole."""

from __future__ import annotations

import mmap

import numpy as np
from numpy.typing import ArrayLike, NDArray

from windward.arrangement.cosine import Floats

_HELD = 64 << 20
"""Bytes of a mapped file that may stay in this process's memory before they are handed back."""
_AROUND = 2 << 20
"""Bytes that the system maps around one that is read by itself, where its cache holds the file in large pages."""


class Vectors:
    """Rows [N, d], read in blocks and by their places.

    Pages of a memory-mapped file that were read are handed back to the system, so that the file never counts as this process's memory.
    A mapping of mode `c` (changes kept in memory only) is left alone: handing its pages back would lose the changes.

    Args:
        values: floats or whole numbers, [N, d].
        what: how an error calls them.

    Raises:
        ValueError: this is no matrix of real numbers, or d is 0.
    """

    def __init__(self, values: ArrayLike, what: str) -> None:
        array = np.asanyarray(values)
        if array.ndim != 2 or array.shape[1] == 0:
            raise ValueError(
                f"{what} vectors come as [rows, d] with d ≥ 1, this is {array.shape}; give a matrix"
            )
        if array.dtype.kind not in "fiub":
            raise ValueError(
                f"{what} vectors must be real numbers, these are {array.dtype}; encode the texts first"
            )
        self._array = array
        self.count, self.width = array.shape
        mapped = isinstance(array, np.memmap) and array.mode != "c" and isinstance(array.base, mmap.mmap)
        self._mapping: mmap.mmap | None = array.base if mapped else None  # type: ignore[assignment]
        self._read = 0

    def block(self, start: int, stop: int, without: NDArray[np.bool_] | None = None) -> Floats:
        """Rows `start` to `stop`, in memory order, as floats; without those marked, [N]."""
        rows = self._array[start:stop]
        return self._floats(rows if without is None else rows[~without[start:stop]], rows.nbytes)

    def at(self, places: NDArray[np.integer]) -> Floats:
        """The rows at these places, as floats."""
        if self._mapping is None or len(places) * _AROUND <= _HELD:
            return self._floats(self._array[places], len(places) * _AROUND)
        step = max(1, _HELD // _AROUND)
        parts = [places[start : start + step] for start in range(0, len(places), step)]
        return np.concatenate([self._floats(self._array[part], len(part) * _AROUND) for part in parts])

    def _floats(self, rows: NDArray[np.generic], read: int) -> Floats:
        plain = np.asarray(rows)
        kind = plain.dtype if plain.dtype in (np.float32, np.float64) else np.float32
        if (plain.dtype.kind != "f" and plain.dtype.itemsize > 2) or plain.dtype.itemsize > 8:
            kind = np.dtype(np.float64)
        if self._mapping is None:
            return np.ascontiguousarray(plain, dtype=kind)
        copy = np.array(plain, dtype=kind, order="C")
        self._read += read
        if self._read > _HELD:
            self._mapping.madvise(mmap.MADV_DONTNEED)
            self._read = 0
        return copy
