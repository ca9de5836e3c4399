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
    """The nearest row that is left, of each target, out of a matrix [M, n] of the n rows that are left at first.

    Args:
        distances: of all rows to all targets; of those that are left at most `ENTRIES`.
        taken: rows that are taken before, [N]; marked further by `take`.
        heads: what decides between rows that are equally near, lowest first, [N]; None: their places.
    """

    def __init__(
        self, distances: Distances, taken: NDArray[np.bool_], heads: NDArray[np.int64] | None = None
    ) -> None:
        self.taken = taken
        self._distances, self._heads, self._turn = distances, heads, 0
        self._places = np.flatnonzero(~taken)
        self._column = np.cumsum(~taken) - 1
        every, start = np.arange(distances.targets), 0
        self._matrix: Floats | None = None
        for places, found in distances.blocks(every, taken):
            if self._matrix is None:
                self._matrix = np.empty((len(found), len(self._places)), dtype=found.dtype)
            self._matrix[:, start : start + len(places)] = found
            start += len(places)

    def nearest(self) -> NDArray[np.int64] | None:
        """Each target's nearest row that is not taken, ties to the lowest head; [M]. None: lists are the better way from here."""
        self._turn += 1
        if self._matrix is None or self._turn > _TURNS:
            return None
        every = np.arange(len(self._matrix))
        named: NDArray[np.int64] = self._matrix.argmin(axis=1)
        slack = self._distances.slack
        if slack == 0 and self._heads is None:
            return self._places[named]
        limit = (self._matrix[every, named] + np.float64(2 * slack)).astype(self._matrix.dtype)
        flat = np.flatnonzero(self._matrix <= np.nextafter(limit, limit.dtype.type(np.inf))[:, None])
        if len(flat) > _CLOSE * len(every) + 1000:
            return None
        which, columns = np.divmod(flat, self._matrix.shape[1])
        several = np.bincount(which, minlength=len(every))[which] > 1
        which, rows = which[several], self._places[columns[several]]
        ties = rows if self._heads is None else self._heads[rows]
        order = np.lexsort((ties, self._distances.exact(which, rows), which))
        which, first = np.unique(which[order], return_index=True)
        found = self._places[named]
        found[which] = rows[order[first]]
        return found

    def take(self, rows: NDArray[np.int64]) -> None:
        """Marks rows that are left as taken."""
        self.taken[rows] = True
        if self._matrix is not None:
            self._matrix[:, self._column[rows]] = np.inf
