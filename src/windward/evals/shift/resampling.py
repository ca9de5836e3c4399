"""Points drawn again, whole training runs together, and what points of one run are worth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from windward.evals.shift.fit import Span
from windward.evals.shift.segments import Floats

Names = NDArray[np.str_]


def resamples(told: Names | None, n: int, draws: int, seed: int) -> tuple[Floats, int | None]:
    """[draws, n] how often each point was drawn, and the number of groups that were drawn whole."""
    names, of = (np.arange(n), np.arange(n)) if told is None else np.unique(told, return_inverse=True)
    picks = np.random.default_rng(seed).integers(0, len(names), size=(draws, len(names)))
    picks += np.arange(draws)[:, None] * len(names)
    counts = np.bincount(picks.ravel(), minlength=draws * len(names)).reshape(draws, len(names))
    return counts[:, of].astype(float), None if told is None else len(names)


def effective_points(left: Floats, told: Names) -> float:
    """Points over the design effect ``1 + (m - 1) r`` of groups of size m whose residuals correlate by r (Kish 1965).

    Args:
        left: [n] residuals.
        told: [n] the group of each.
    """
    n = len(left)
    _, of, sizes = np.unique(told, return_inverse=True, return_counts=True)
    groups = len(sizes)
    if groups < 2 or groups == n:
        return float(n)
    means = np.bincount(of, left) / sizes
    between = float((sizes * (means - left.mean()) ** 2).sum() / (groups - 1))
    within = float(((left - means[of]) ** 2).sum() / (n - groups))
    size = (n - float((sizes**2).sum()) / n) / (groups - 1)
    total = between + (size - 1) * within
    related = min(max((between - within) / total, 0.0), 1.0) if total > 0 else 0.0
    weighed = float((sizes**2).sum()) / n
    return n / (1 + (weighed - 1) * related)


def span_of(values: Floats) -> Span:
    """The first value, and the percentiles of the others."""
    drawn = values[1:][~np.isnan(values[1:])]
    if np.isnan(values[0]) or len(drawn) < 2:
        return Span(float(values[0]), float("nan"), float("nan"))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Span(float(values[0]), float(low), float(high))
