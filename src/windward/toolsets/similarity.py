"""Cosines in blocks, and who is nearest: screened in float32, decided in float64, ties by id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

BLOCK = 4_096
"""Targets that are multiplied at a time."""


def unit(vectors: ArrayLike) -> NDArray[np.float32]:
    """Vectors [n, d] scaled to length 1, float32; a vector of zeros stays one, so that its cosines are 0.

    Raises:
        ValueError: they are no matrix, or hold a number that is not finite.
    """
    matrix = np.asarray(vectors, dtype=np.float32)
    if matrix.ndim != 2:
        raise ValueError(f"vectors come as [n, d], this has {matrix.ndim} dimensions; give a matrix")
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    if not np.isfinite(lengths).all():
        wrong = int(np.flatnonzero(~np.isfinite(lengths[:, 0]))[0])
        raise ValueError(
            f"vector {wrong} is not finite, or too long for float32; look at the text it was made from"
        )
    return np.asarray(matrix / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def cosines(left: ArrayLike, right: ArrayLike) -> NDArray[np.float32]:
    """The cosine of each vector of `left` [n, d] with each of `right` [m, d], float32 [n, m].

    Besides the result it needs a copy of both; the released way keeps n × m × d numbers at once.

    Raises:
        ValueError: see `unit`; or the two differ in d.
    """
    ours, theirs = unit(left), unit(right)
    _same_width(ours, theirs)
    return np.asarray(ours @ theirs.T, dtype=np.float32)


def largest_cosines(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """For each vector of `left` its largest cosine with any of `right`, float32 [n]; −1 where `right` is empty.

    Both hold vectors of length 1 (`unit`). Memory: one block of n × 4,096.
    """
    _same_width(left, right)
    found = np.full(len(left), -1.0, dtype=np.float32)
    for start, stop in blocks(len(right)):
        np.maximum(found, (left @ right[start:stop].T).max(axis=1), out=found)
    return found


def nearest(
    query: NDArray[np.float32],
    targets: NDArray[np.float32],
    scores: NDArray[np.float32],
    k: int,
    order: NDArray[np.intp],
) -> list[tuple[int, float]]:
    """The k targets with the largest cosine to a query, best first; ties by `order`.

    A float32 product tells two targets apart that hold the same vector, by where in the matrix they stand. So `scores` only
    screens: what lies within its rounding of the k-th is computed again in float64, the same way for every target.

    Args:
        query: [d], of length 1.
        targets: [n, d], of length 1.
        scores: their float32 products, [n].
        k: how many, at most.
        order: the rank of each target's id, [n].

    Returns:
        Place and cosine of each.
    """
    k = min(k, len(targets))
    if k < 1:
        return []
    floor = np.partition(scores, len(scores) - k)[len(scores) - k] - 2 * rounding(len(query))
    places = np.flatnonzero(scores >= floor)
    exact = products(targets[places], query)
    best = np.lexsort((order[places], -exact))[:k]
    return [(int(places[at]), float(exact[at])) for at in best]


def products(vectors: NDArray[np.float32], query: NDArray[np.float32]) -> NDArray[np.float64]:
    """Inner products in float64, [n]: equal vectors get equal numbers, wherever they stand."""
    found, wide = np.empty(len(vectors)), query.astype(np.float64)
    for start, stop in blocks(len(vectors)):
        found[start:stop] = (vectors[start:stop] * wide).sum(axis=1)
    return found


def rounding(width: int) -> float:
    """By how much a float32 product of two vectors of length 1 can be off: d rounding errors (Higham 2002, 3.1), and a few of `unit`."""
    return (width + 4) * float(np.finfo(np.float32).eps)


def blocks(count: int, size: int = BLOCK) -> Iterator[tuple[int, int]]:
    """Start and stop of each block of at most `size`."""
    for start in range(0, count, size):
        yield start, min(start + size, count)


def id_ranks(ids: Sequence[str]) -> NDArray[np.intp]:
    """The rank of each id, [n]: numbers by their value before other names by their letters.

    Raises:
        ValueError: an id comes twice.
    """
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise ValueError(f"id {one!r} comes twice; ids must be unique")
        seen.add(one)
    places = sorted(range(len(ids)), key=lambda at: _id_key(ids[at]))
    ranks = np.empty(len(ids), dtype=np.intp)
    ranks[places] = np.arange(len(ids))
    return ranks


def _id_key(one: str) -> tuple[bool, int, str, str]:
    number = one.isascii() and one.isdigit()
    digits = one.lstrip("0") if number else ""
    return not number, len(digits), digits, one  # compared by length first, digits order as numbers do


def _same_width(left: NDArray[np.float32], right: NDArray[np.float32]) -> None:
    if left.shape[1] != right.shape[1]:
        raise ValueError(
            f"vectors of {left.shape[1]} and of {right.shape[1]} numbers have no cosine; use one encoder for both"
        )
