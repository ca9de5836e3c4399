"""Ranking: are the surer items the better ones? No scale is needed, only an order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from windward.evals.unknown.metrics.tally import Floats, Tally, over, single, tally


def auroc(score: ArrayLike, positive: ArrayLike) -> float | None:
    """The chance that a positive item scores above a negative one, a tie counting half (Hanley and McNeil 1982).

    Returns:
        In [0, 1]; None where one of the two kinds is missing.

    Raises:
        ValueError: there is nothing, or lengths differ.
    """
    return single(auroc_of(tally(score, positive)))


@dataclass(frozen=True)
class RiskCoverage:
    """What answering only the surest items costs.

    Attributes:
        coverage: k/n, the share of items answered, for k = 1 … n; shape [n].
        risk: the share of those that are wrong; where items tie in confidence, its mean over all their orders; shape [n].
    """

    coverage: Floats
    risk: Floats

    def at(self, coverage: float) -> float:
        """The risk where at least that share of items is answered; `coverage` in (0, 1]."""
        place = int(np.searchsorted(self.coverage, coverage - 1e-12))
        if not 0 < coverage <= 1:
            raise ValueError(f"coverage lies above 0, up to 1; not {coverage}")
        return float(self.risk[place])


def risk_coverage(confidence: ArrayLike, correct: ArrayLike) -> RiskCoverage:
    """The curve of risk over coverage (El-Yaniv and Wiener 2010), the surest items first.

    Raises:
        ValueError: there is nothing, or lengths differ.
    """
    counted = tally(confidence, correct)
    items = counted.items[::-1].astype(np.intp)
    wrong = np.repeat(counted.without[::-1] / items, items).cumsum()
    answered = np.arange(1, len(wrong) + 1)
    return RiskCoverage(answered / len(wrong), wrong / answered)


def area_under_risk_coverage(confidence: ArrayLike, correct: ArrayLike) -> float:
    """AURC, the mean risk over all coverages 1/n … 1 (Geifman et al. 2019), in [0, 1]; less is better.

    Raises:
        ValueError: there is nothing, or lengths differ.
    """
    return float(aurc_of(tally(confidence, correct)))


def optimal_area(correct: ArrayLike) -> float:
    """The least area that any order of these items has: all correct ones first."""
    flags = np.asarray(correct)
    return area_under_risk_coverage(flags, flags)


def auroc_of(counted: Tally) -> Floats:
    """`auroc` as a measure of tallies."""
    below = counted.without.cumsum(axis=-1) - counted.without / 2
    pairs = (counted.size - counted.positives) * counted.positives
    return over((counted.having * below).sum(axis=-1), pairs)


def aurc_of(counted: Tally) -> Floats:
    """`area_under_risk_coverage` as a measure of tallies.

    A group of m tied items, e of them wrong, after k items of which w were wrong adds Σ_j (w + j·e/m) / (k + j), which is
    e + (w − k·e/m) · (H(k + m) − H(k)), H being the harmonic numbers.
    """
    items, wrong = counted.items[..., ::-1], counted.without[..., ::-1]
    ends = items.cumsum(axis=-1)
    before, wrong_before = ends - items, wrong.cumsum(axis=-1) - wrong
    harmonic = np.concatenate(([0.0], np.cumsum(1 / np.arange(1, int(counted.size.max()) + 1))))
    span = harmonic[ends.astype(np.intp)] - harmonic[before.astype(np.intp)]
    rate = np.divide(wrong, items, out=np.zeros_like(wrong), where=items > 0)
    areas = counted.size - counted.positives + ((wrong_before - before * rate) * span).sum(axis=-1)
    return over(areas, counted.size)
