"""Rows that are equal to the last bit: measured once, named one copy after the other.

A group of equal rows stands at the place of its first; only that place is searched. What the group gives when it is named is its lowest
row that is left, its *head*. So of rows that are equally near the head decides, not the place that is searched.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from windward.arrangement.cosine import Floats, pieces
from windward.arrangement.vectors import Vectors

SAMPLE = 4096
"""Larger sets are looked through only where so many of their rows, drawn at random, hold a copy."""


class Copies:
    """Groups of equal rows, and what is left of each.

    Args:
        first: the place of each row's group, its lowest row, [N].

    Attributes:
        first: as given.
        head: for the place of a group its lowest row that is left; N where none is, [N].
    """

    def __init__(self, first: NDArray[np.int64]) -> None:
        count = len(first)
        self.first, self.head = first, np.arange(count)
        order = np.argsort(first, kind="stable")
        self._next = np.full(count, count)
        follows = first[order[1:]] == first[order[:-1]]
        self._next[order[:-1][follows]] = order[1:][follows]

    @property
    def later(self) -> NDArray[np.bool_]:
        """Which rows are a copy of an earlier one, [N]."""
        return np.asarray(self.first != np.arange(len(self.first)))

    def take(self, heads: NDArray[np.int64]) -> NDArray[np.int64]:
        """Takes some heads out; the places of groups that are used up by it."""
        groups: NDArray[np.int64] = self.first[heads]
        self.head[groups] = self._next[heads]
        used_up: NDArray[np.int64] = groups[self.head[groups] == len(self.head)]
        return used_up


def copies_among(train: Vectors) -> Copies | None:
    """The groups of rows with equal bits; None where there are no copies, or so few that a sample shows none."""
    rng = np.random.default_rng(0)
    weights = 2 * np.asarray(rng.integers(0, 2**63, train.width, dtype=np.uint64)) + np.uint64(1)
    if train.count > SAMPLE:
        drawn = np.unique(rng.integers(0, train.count, SAMPLE))
        if len(np.unique(_marks(train.at(drawn), weights))) == len(drawn):
            return None
    parts = [_marks(train.block(*span), weights) for span in pieces(train.count, train.width)]
    marks = np.concatenate(parts) if parts else np.empty(0, dtype=np.uint64)
    _, places, of_row = np.unique(marks, return_index=True, return_inverse=True)
    first = places[of_row]
    later = np.flatnonzero(first != np.arange(len(first)))
    for start, stop in pieces(len(later), train.width):
        some = later[start:stop]
        other = ~(_bits(train.at(some)) == _bits(train.at(first[some]))).all(axis=1)
        first[some[other]] = some[other]  # other rows with an equal mark: each by itself
    return Copies(first) if len(later) else None


def _marks(rows: Floats, weights: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A number for each row [n, d], equal for equal bits; other rows seldom share one."""
    marks: NDArray[np.uint64] = _bits(rows).astype(np.uint64) @ weights
    return marks


def _bits(rows: Floats) -> NDArray[np.unsignedinteger]:
    return np.ascontiguousarray(rows).view(np.dtype(f"u{rows.dtype.itemsize}"))
