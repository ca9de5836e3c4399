"""What the measures over embeddings share: blocks of rows, double precision, and errors that name the row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windward.arrangement.cosine import lengths

Matrix = NDArray[np.floating[Any]]
Floats = NDArray[np.float64]
Places = NDArray[np.int64]

_BLOCK_NUMBERS = 8_000_000
"""Numbers of a block of distances held at once: 64 MB of float64."""


def check_same_space(train: Matrix, target: Matrix) -> None:
    """Raises ValueError unless both are matrices [n, d] of at least one row with the same d."""
    for name, matrix in (("train", train), ("target", target)):
        if matrix.ndim != 2 or not matrix.size:
            raise ValueError(
                f"{name} must be a matrix [rows, dimensions] with a row: its shape is {matrix.shape}"
            )
    if train.shape[1] != target.shape[1]:
        raise ValueError(
            f"train has {train.shape[1]} dimensions and target {target.shape[1]}: embed both with one model"
        )


def finite(block: Matrix, first: int, name: str) -> Floats:
    """A block of rows in double precision.

    Args:
        block: rows, [n, d].
        first: place of the first of them, for the error.
        name: how the error calls a row.

    Raises:
        ValueError: a row holds a value that is no finite number.
    """
    rows: Floats = np.asarray(block, dtype=np.float64)
    wrong = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if len(wrong):
        raise ValueError(
            f"{name} {first + int(wrong[0])} holds NaN or infinity: embed it again or leave it out"
        )
    return rows


def unit(block: Matrix, first: int, name: str) -> Floats:
    """The rows at length 1, in double precision; arguments are as for `finite`.

    Raises:
        ValueError: a row is zero or not finite, so it has no direction and no cosine.
    """
    rows = np.asarray(block, dtype=np.float64)
    directions: Floats = rows / lengths(rows, name, first)[:, None]
    return directions


def spans(rows: int, across: int, start: int = 0) -> Iterator[tuple[int, int]]:
    """Blocks ``[begin, end)`` of the rows from `start` on, so small that a block times `across` columns fits in memory."""
    size = max(1, _BLOCK_NUMBERS // max(1, across))
    for begin in range(start, rows, size):
        yield begin, min(begin + size, rows)
