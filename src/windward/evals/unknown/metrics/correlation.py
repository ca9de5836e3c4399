"""Correlation of confidence with an outcome (correct, refused), over items and over levels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from windward.evals.unknown.metrics.tally import Floats, Measure, Tally, over, single, tally

LEVELS = tuple(range(11))
"""Confidence as the released evaluation asks for it, 0 to 10."""


class Level(NamedTuple):
    """The items that gave one level of confidence; `rate` is None where there are none."""

    level: float
    n: int
    rate: float | None


def pearson(confidence: ArrayLike, outcome: ArrayLike) -> float | None:
    """Pearson's correlation over items; None where either never varies.

    Raises:
        ValueError: there is nothing, or lengths differ.
    """
    return single(pearson_of(tally(confidence, outcome)))


def spearman(confidence: ArrayLike, outcome: ArrayLike) -> float | None:
    """Spearman's rank correlation over items, ties having their mean rank; None where either never varies.

    Raises:
        ValueError: there is nothing, or lengths differ.
    """
    return single(spearman_of(tally(confidence, outcome)))


def level_rates(confidence: ArrayLike, outcome: ArrayLike, levels: Iterable[float] = LEVELS) -> list[Level]:
    """How often the outcome came at each level, the empty ones too.

    Raises:
        ValueError: there is nothing, or a confidence is none of the levels.
    """
    steps, items, having = _by_level(tally(confidence, outcome), levels)
    return [
        Level(float(step), int(n), float(of_them / n) if n else None)
        for step, n, of_them in zip(steps, items, having, strict=True)
    ]


def pearson_by_level(
    confidence: ArrayLike, outcome: ArrayLike, levels: Iterable[float] = LEVELS
) -> float | None:
    """Pearson's correlation of level with rate as the released evaluation takes it.

    Each level that has items counts once, were it one item or two thousand; its rate is rounded to three decimals. The same
    items have a correlation by level far above that by item, because what varies inside a level is gone.

    Returns:
        In [-1, 1]; None where fewer than two levels have items, or all have one rate.

    Raises:
        ValueError: there is nothing, or a confidence is none of the levels.
    """
    return single(level_pearson_of(levels)(tally(confidence, outcome)))


def pearson_by_level_weighted(
    confidence: ArrayLike, outcome: ArrayLike, levels: Iterable[float] = LEVELS
) -> float | None:
    """The same with each level counting by its items, and rates as they are."""
    return single(level_pearson_of(levels, weighted=True)(tally(confidence, outcome)))


def pearson_of(counted: Tally) -> Floats:
    """`pearson` as a measure of tallies."""
    return _with_outcome(counted, counted.values)


def spearman_of(counted: Tally) -> Floats:
    """`spearman` as a measure of tallies: the ranks of two outcomes are the outcomes, but for scale."""
    items = counted.items
    return _with_outcome(counted, items.cumsum(axis=-1) - (items - 1) / 2)


def level_pearson_of(levels: Iterable[float] = LEVELS, *, weighted: bool = False) -> Measure:
    """`pearson_by_level`, or with `weighted` its other form, as a measure of tallies."""
    wanted = tuple(levels)

    def measure(counted: Tally) -> Floats:
        steps, items, having = _by_level(counted, wanted)
        rates = np.nan_to_num(over(having, items))
        if weighted:
            return _weighted(steps, rates, items)
        return _weighted(steps, np.round(rates, 3), (items > 0).astype(np.float64))

    return measure


def _by_level(counted: Tally, levels: Iterable[float]) -> tuple[Floats, Floats, Floats]:
    """The levels [L], the items of each [..., L], and those of them with the outcome [..., L]."""
    steps = np.array(sorted(set(levels)), dtype=np.float64)
    strange = counted.values[~np.isin(counted.values, steps)]
    if len(strange):
        raise ValueError(f"{strange[0]:g} is none of the {len(steps)} levels {steps[0]:g} to {steps[-1]:g}")
    places = np.searchsorted(steps, counted.values)
    items, having = np.zeros((2, *counted.items.shape[:-1], len(steps)))
    items[..., places], having[..., places] = counted.items, counted.having
    return steps, items, having


def _with_outcome(counted: Tally, scores: Floats) -> Floats:
    """Pearson's correlation of scores ([V] or [..., V]) with the outcome, which m of the n items have.

    Σ over these m of (score − mean), over √(Σ over all of (score − mean)² · m (n − m) / n). That something never varies is
    seen by its counts, since a variance near 0 may be of rounding.
    """
    items, n, m = counted.items, counted.size, counted.positives
    total = (items * scores).sum(axis=-1)
    away = scores - over(total, n)[..., None]
    spread = (items * away**2).sum(axis=-1) * m * (n - m) / n
    varies = ((items > 0).sum(axis=-1) > 1) & (m > 0) & (m < n)
    return over((counted.having * away).sum(axis=-1), np.where(varies, np.sqrt(spread), 0.0))


def _weighted(steps: Floats, rates: Floats, weights: Floats) -> Floats:
    """Pearson's correlation of steps [L] with rates [..., L] under weights [..., L]."""
    whole = weights.sum(axis=-1, keepdims=True)
    left = steps - over((weights * steps).sum(axis=-1, keepdims=True), whole)
    right = rates - over((weights * rates).sum(axis=-1, keepdims=True), whole)
    present = weights > 0
    highest = np.where(present, rates, -np.inf).max(axis=-1)
    varies = (present.sum(axis=-1) > 1) & (highest > np.where(present, rates, np.inf).min(axis=-1))
    norm = np.sqrt((weights * left**2).sum(axis=-1) * (weights * right**2).sum(axis=-1))
    return over((weights * left * right).sum(axis=-1), np.where(varies, norm, 0.0))
