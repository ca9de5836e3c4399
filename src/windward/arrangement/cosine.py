"""The cosine distance that decides: in float64, summed in one fixed order, so that it depends on two vectors and on nothing else.

A matrix product gives the same pair another last digit when the pair stands elsewhere in the matrix, or the matrix is cut otherwise.
So products only screen here, and whoever is nearest by them within their rounding is compared again by `pair_distances`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

_NUMBERS = 1 << 16
"""Numbers that are multiplied at a time: half a megabyte, which the processor's cache holds."""


def lengths(vectors: Floats, what: str = "row", first: int = 0) -> NDArray[np.float64]:
    """Euclidean length of each vector [n, d], float64 [n].

    Args:
        vectors: what is measured.
        what: how an error calls a vector.
        first: the place of vector 0, for errors.

    Raises:
        ValueError: a vector has no direction: it is zero, or holds NaN or infinity, or its square leaves the range of float64.
    """
    wide = np.ascontiguousarray(vectors, dtype=np.float64)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        found: NDArray[np.float64] = np.sqrt((wide * wide).sum(axis=1))
    wrong = np.flatnonzero(~(np.isfinite(found) & (found > 0)))
    if len(wrong):
        at = int(wrong[0])
        why = "is zero" if found[at] == 0 else "holds NaN or infinity, or is too long for float64"
        raise ValueError(
            f"{what} {first + at} {why}, so it has no direction and no cosine; look at the text it was made from, or leave it out"
        )
    return found


def pair_distances(
    rows: Floats, targets: Floats, target_lengths: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Minus the cosine of row p and target p, for each p: −(Σ x t) / (|x| |t|), float64 [p].

    Equal pairs get equal numbers, wherever they stand: every sum runs over one vector in memory order, in NumPy's pairwise order.

    Args:
        rows: training vectors x, [p, d].
        targets: target vectors t, [p, d].
        target_lengths: |t| by `lengths`, where known, [p].

    Raises:
        ValueError: see `lengths`.
    """
    found = np.empty(len(rows))
    for start, stop in pieces(len(rows), rows.shape[1]):
        x = np.ascontiguousarray(rows[start:stop], dtype=np.float64)
        t = np.ascontiguousarray(targets[start:stop], dtype=np.float64)
        scale = lengths(t, "target", start) if target_lengths is None else target_lengths[start:stop]
        found[start:stop] = (x * t).sum(axis=1) / (lengths(x, "row", start) * scale)
    return -found


def pieces(count: int, width: int) -> Iterator[tuple[int, int]]:
    """Start and stop of pieces of `count` vectors that the processor's cache holds."""
    step = max(1, _NUMBERS // width)
    for start in range(0, count, step):
        yield start, min(start + step, count)
