"""Test-centric multi-turn arrangement in a few lines: what every faster way must equal, and what it is timed against."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from windward.arrangement.cosine import Floats, pair_distances
from windward.arrangement.plan import Plan


def naive_distances(train: Floats, target: Floats) -> NDArray[np.float64]:
    """Minus the cosine of each row of `train` [N, d] with each of `target` [M, d], float64 [N, M].

    Raises:
        ValueError: see `windward.arrangement.cosine.lengths`.
    """
    columns = [pair_distances(train, np.broadcast_to(one, train.shape)) for one in target]
    return np.stack(columns, axis=1)


def naive_plan(distances: ArrayLike, budget: int | None = None, *, far: bool = False) -> Plan:
    """The released way: each column of an N × M matrix is searched again in each turn.

    Args:
        distances: of row i to target j, [N, M], finite; smaller is nearer.
        budget: no turn is begun once so many rows are chosen; None: all rows.
        far: each target names its farthest row.

    Returns:
        Turns whole, each in the order of the rows.
    """
    left = np.array(distances, dtype=np.float64) * (-1 if far else 1)
    wanted = len(left) if budget is None else min(budget, len(left))
    turns: list[ArrayLike] = []
    chosen = 0
    while chosen < wanted:
        named = np.unique(left.argmin(axis=0))  # of equals the first; whom several name comes once
        left[named] = np.inf
        turns.append(named)
        chosen += len(named)
    return Plan.of_turns(turns)
