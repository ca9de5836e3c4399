"""Small sets: all distances in memory, searched in each turn. No list pays for itself while turns are few."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from windward.arrangement.cosine import Floats
from windward.arrangement.distances import Distances

ENTRIES = 16 << 20
"""Distances that are held, at most: 64 MB in float32."""
_TURNS, _CLOSE = 24, 8


class Whole:
    """The nearest row that is left, of each target, out of a matrix [M, N].

    Args:
        distances: of all rows to all targets, at most `ENTRIES`.
    """

    def __init__(self, distances: Distances) -> None:
        self.taken = np.zeros(distances.rows, dtype=np.bool_)
        self._distances, self._turn = distances, 0
        every = np.arange(distances.targets)
        self._matrix: Floats | None = None
        for places, found in distances.blocks(every, self.taken):
            if self._matrix is None:
                self._matrix = np.empty((len(found), distances.rows), dtype=found.dtype)
            self._matrix[:, places] = found

    def nearest(self) -> NDArray[np.int64] | None:
        """Each target's nearest row that is not taken, ties to the lowest place; [M]. None: lists are the better way from here."""
        self._turn += 1
        if self._matrix is None or self._turn > _TURNS:
            return None
        every = np.arange(len(self._matrix))
        named: NDArray[np.int64] = self._matrix.argmin(axis=1)
        slack = self._distances.slack
        if slack == 0:
            return named
        limit = (self._matrix[every, named] + np.float64(2 * slack)).astype(self._matrix.dtype)
        flat = np.flatnonzero(self._matrix <= np.nextafter(limit, limit.dtype.type(np.inf))[:, None])
        if len(flat) > _CLOSE * len(every) + 1000:
            return None
        which, rows = np.divmod(flat, self._matrix.shape[1])
        several = np.bincount(which, minlength=len(every))[which] > 1
        which, rows = which[several], rows[several]
        order = np.lexsort((rows, self._distances.exact(which, rows), which))
        which, first = np.unique(which[order], return_index=True)
        named[which] = rows[order[first]]
        return named

    def take(self, rows: NDArray[np.int64]) -> None:
        """Marks rows that are left as taken."""
        self.taken[rows] = True
        if self._matrix is not None:
            self._matrix[:, rows] = np.inf
