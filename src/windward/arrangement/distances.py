"""What lists of nearest rows are made from: products of embeddings, right within a bound, or a given matrix, right as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from windward.arrangement.cosine import Floats, lengths, pair_distances, pieces
from windward.arrangement.vectors import Vectors

BLOCK = 1024
"""Rows that are compared with all targets at a time: a product that the processor's cache still holds while it is searched."""
_PAIR = 64
"""So many times the work of a cell in a float64 product is that of a pair by itself."""


class Distances(Protocol):
    """Distances of N rows to M targets, smaller is nearer.

    Attributes:
        rows: N.
        targets: M.
        slack: no distance of `blocks` is off `exact` by more.
        fine: no distance of `measure` is off `exact` by more.
    """

    rows: int
    targets: int
    slack: float
    fine: float

    def blocks(
        self, targets: NDArray[np.int64], taken: NDArray[np.bool_]
    ) -> Iterator[tuple[NDArray[np.int64], Floats]]:
        """In the order of the rows: places of rows that are not taken [b], and their distances to some targets [m, b].

        The distances are overwritten by the next block.
        """
        ...

    def measure(self, targets: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Distances of pairs, nearly exact, [p]."""
        ...

    def exact(self, targets: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The distance that decides, of pairs, [p]."""
        ...


class CosineDistances:
    """Minus the cosine (plus, where the farthest are wanted): a float32 product screens, `pair_distances` decides.

    The bound: vectors scaled to length 1 are off by a few units of rounding u = 2⁻²⁴ in each number and by at most d u / 2 in their
    length, which is summed in float32; a product of two vectors of length 1 is off by at most d u in any order of summation (Higham
    2002, section 3.1).

    Args:
        train: the rows, [N, d].
        target: the targets, [M, d].
        far: count the farthest as the nearest.

    Raises:
        ValueError: they differ in d, there are no targets, or a target has no direction.
    """

    def __init__(self, train: Vectors, target: Vectors, *, far: bool = False) -> None:
        if train.width != target.width:
            raise ValueError(
                f"train vectors have {train.width} numbers, target vectors {target.width}; use one encoder for both"
            )
        if not target.count:
            raise ValueError(
                "the target set is empty, so no row is nearer than another; give at least one target"
            )
        self.rows, self.targets = train.count, target.count
        self.slack = (1.6 * train.width + 16) * 2.0**-24
        self.fine = (2.2 * train.width + 32) * 2.0**-53
        self._train = train
        self._sign = -1.0 if far else 1.0
        self._target = target.at(np.arange(target.count)).astype(np.float64)
        self._lengths = lengths(self._target, "target")
        self._wide = self._target * (-self._sign / self._lengths)[:, None]
        self._units = self._wide.astype(np.float32)

    def blocks(
        self, targets: NDArray[np.int64], taken: NDArray[np.bool_]
    ) -> Iterator[tuple[NDArray[np.int64], Floats]]:
        """See `Distances`."""
        units = self._units[targets]
        room = np.empty(len(units) * BLOCK, dtype=np.float32)
        for start in range(0, self.rows, BLOCK):
            stop = min(start + BLOCK, self.rows)
            gone = taken[start:stop]
            places = np.arange(start, stop) if not gone.any() else start + np.flatnonzero(~gone)
            if len(places):
                rows = self._train.block(start, stop, taken if len(places) < stop - start else None)
                found = room[: len(units) * len(rows)].reshape(len(units), len(rows))
                yield places, np.matmul(units, _unit(rows, start).T, out=found)

    def measure(self, targets: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """See `Distances`. Many targets that share their rows are multiplied in float64, others pair by pair."""
        some, of_some = np.unique(targets, return_inverse=True)
        places, of_places = np.unique(rows, return_inverse=True)
        if len(some) * len(places) > _PAIR * len(rows):
            return self.exact(targets, rows)
        found, wide = np.empty(len(rows)), self._wide[some]
        by_place = np.argsort(of_places, kind="stable")
        for start in range(0, len(places), BLOCK):
            block = self._train.at(places[start : start + BLOCK]).astype(np.float64)
            product = wide @ (block / lengths(block)[:, None]).T
            low, high = np.searchsorted(of_places, [start, start + BLOCK], sorter=by_place)
            mine = by_place[low:high]
            found[mine] = product[of_some[mine], of_places[mine] - start]
        return found

    def exact(self, targets: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """See `Distances`."""
        found = np.empty(len(rows))
        by_place = np.argsort(rows, kind="stable")  # a file is read from its start to its end
        for start, stop in pieces(len(rows), self._train.width):
            some = by_place[start:stop]
            which = targets[some]
            found[some] = pair_distances(
                self._train.at(rows[some]), self._target[which], self._lengths[which]
            )
        return self._sign * found


class MatrixDistances:
    """A given matrix [N, M], exact as it stands.

    Raises:
        ValueError: it is no matrix of real numbers, has no column, or a number is not finite.
    """

    slack = fine = 0.0

    def __init__(self, matrix: ArrayLike, *, far: bool = False) -> None:
        array = np.asanyarray(matrix)
        if array.ndim != 2 or array.dtype.kind not in "fiub":
            raise ValueError(
                f"distances come as real numbers [rows, targets], this is {array.dtype} {array.shape}"
            )
        if not array.shape[1]:
            raise ValueError(
                "the target set is empty, so no row is nearer than another; give at least one target"
            )
        self.rows, self.targets = array.shape
        self._matrix, self._far = array, far
        self._kind = np.float32 if array.dtype in (np.float16, np.float32) else np.float64
        for start in range(0, self.rows, BLOCK):
            if not np.isfinite(block := array[start : start + BLOCK]).all():
                row, column = np.argwhere(~np.isfinite(block))[0]
                raise ValueError(
                    f"the distance of row {start + row} to target {column} is {block[row, column]}; distances must be finite"
                )

    def blocks(
        self, targets: NDArray[np.int64], taken: NDArray[np.bool_]
    ) -> Iterator[tuple[NDArray[np.int64], Floats]]:
        """See `Distances`."""
        every = len(targets) == self.targets
        for start in range(0, self.rows, BLOCK):
            block = self._matrix[start : start + BLOCK]
            places = start + np.flatnonzero(~taken[start : start + BLOCK])
            if len(places) < len(block):
                block = block[places - start]
            found: Floats = np.ascontiguousarray((block if every else block[:, targets]).T, dtype=self._kind)
            if len(places):
                yield places, np.negative(found) if self._far else found

    def measure(self, targets: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """See `Distances`."""
        return self.exact(targets, rows)

    def exact(self, targets: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """See `Distances`."""
        found = self._matrix[rows, targets].astype(np.float64)
        return -found if self._far else found


def _unit(rows: Floats, first: int) -> NDArray[np.float32]:
    """Rows scaled to length 1, float32; `first` is the place of the first, for errors."""
    if rows.dtype == np.float32:
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            squares = np.einsum("ij,ij->i", rows, rows)
        if len(squares) and squares.min() > 1e-20 and squares.max() < 1e30:  # else float32 cannot tell
            return np.asarray(rows * (1 / np.sqrt(squares))[:, None], dtype=np.float32)
    return np.asarray(rows / lengths(rows, "row", first)[:, None], dtype=np.float32)
