"""Rank correlation of the same points under many weightings at once."""

from __future__ import annotations

import numpy as np

from windward.evals.shift.segments import Floats


def spearman(x: Floats, y: Floats, weights: Floats) -> Floats:
    """[d] Spearman's correlation of mid-ranks; NaN where one of the two is a constant.

    Args:
        x: [n].
        y: [n].
        weights: [d, n] counts: how often each point was drawn.
    """
    first, second = _mid_ranks(x, weights), _mid_ranks(y, weights)
    total = weights.sum(axis=1, keepdims=True)
    first = first - (weights * first).sum(axis=1, keepdims=True) / total
    second = second - (weights * second).sum(axis=1, keepdims=True) / total
    both = (weights * first * second).sum(axis=1)
    scale = np.sqrt((weights * first**2).sum(axis=1) * (weights * second**2).sum(axis=1))
    found: Floats = np.divide(both, scale, out=np.full_like(both, np.nan), where=scale > 1e-12)
    return found


def _mid_ranks(values: Floats, weights: Floats) -> Floats:
    """[d, n]: one more than the points below, and half of the others that are equal."""
    _, of = np.unique(values, return_inverse=True)
    order = np.argsort(of, kind="stable")
    starts = np.searchsorted(of[order], np.arange(of.max() + 1))
    equal = np.add.reduceat(weights[:, order], starts, axis=1)
    ranks: Floats = (np.cumsum(equal, axis=1) - equal / 2 + 0.5)[:, of]
    return ranks
