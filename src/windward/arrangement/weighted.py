"""Weighted similarity distance: how near a training row is to a target set, by its nearest row and on average.

``WSD_i = min_j d_ij + w mean_j d_ij`` with ``d = -cosine`` and ``w = mean_i(min_j d_ij) / mean_i(mean_j d_ij)``, which gives
both parts the same weight (the dynamics of zero-shot generalization). Smaller is nearer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from windward.arrangement.blocks import Floats, Matrix, check_same_space, finite, spans, unit
from windward.arrangement.cosine import pair_distances


@dataclass(frozen=True, eq=False)
class WeightedDistance:
    """The score of each training row.

    Attributes:
        scores: float64 [N], smaller is nearer.
        weight: w, of the mean distance.
    """

    scores: Floats
    weight: float


def weighted_similarity(train: Matrix, target: Matrix) -> WeightedDistance:
    """The weighted similarity distance of each training row to a target set.

    Training rows are read in blocks, so that N x M distances are never held, and a memory-mapped matrix is not loaded whole.
    The nearest target row is found in single precision and its distance then taken in double: rows that are equal score
    equally, whatever block they fall in.

    Args:
        train: embeddings of the training rows, [N, d].
        target: of the target rows, [M, d].

    Raises:
        ValueError: shapes do not fit, or a row is zero or not finite.
    """
    check_same_space(train, target)
    aims = unit(target, 0, "target row")
    centre, columns = aims.mean(axis=0), np.ascontiguousarray(aims.T, dtype=np.float32)
    nearest, mean = np.empty(len(train)), np.empty(len(train))
    for begin, end in spans(len(train), max(len(target), train.shape[1])):
        rows = unit(train[begin:end], begin, "train row")
        closest = (rows.astype(np.float32) @ columns).argmax(axis=1)
        nearest[begin:end] = pair_distances(rows, aims[closest])
        mean[begin:end] = -np.einsum("ij,j->i", rows, centre)
    return _weighted(nearest, mean)


def weighted_from_distances(distances: Matrix) -> WeightedDistance:
    """The same from a matrix of distances, [N, M], smaller is nearer.

    Raises:
        ValueError: it is no matrix, is empty, or holds a value that is no finite number.
    """
    if distances.ndim != 2 or not distances.size:
        raise ValueError(
            f"distances must be a matrix [train, target] with a row: its shape is {distances.shape}"
        )
    rows = finite(distances, 0, "distances of train row")
    return _weighted(rows.min(axis=1), rows.mean(axis=1))


def _weighted(nearest: Floats, mean: Floats) -> WeightedDistance:
    average = float(mean.mean())
    if average == 0:
        raise ValueError(
            "the mean distance is 0, so no weight makes it equal to the nearest: centre differently"
        )
    weight = float(nearest.mean()) / average
    return WeightedDistance(nearest + weight * mean, weight)
