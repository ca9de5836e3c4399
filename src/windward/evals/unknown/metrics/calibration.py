"""Calibration: does a stated confidence of 0.7 come true seven times in ten?

A confidence is a share of its scale, 0 to 1. Bins have equal width and hold their lower edge (the last also its upper):
0.7 lies in [0.7, 0.8). A missing confidence belongs in no bin; the caller leaves it out and counts it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from windward.evals.unknown.metrics.tally import Floats, Measure, Tally, over, tally
from windward.reports.intervals import Interval, wilson

BINS = 10


class ReliabilityBin(NamedTuple):
    """A bin of the reliability diagram.

    Attributes:
        low: its lower edge.
        high: its upper edge.
        n: its items.
        confidence: their mean confidence; None in an empty bin.
        rate: how many of them are correct, as a share; None in an empty bin.
        interval: Wilson's 95 % interval of the rate; None in an empty bin.
    """

    low: float
    high: float
    n: int
    confidence: float | None
    rate: float | None
    interval: Interval | None


def expected_calibration_error(confidence: ArrayLike, correct: ArrayLike, bins: int = BINS) -> float:
    """Σ over bins of |B|/n · |correct(B) − confidence(B)| (Naeini et al. 2015; Guo et al. 2017, eq. 3), in [0, 1].

    Raises:
        ValueError: there is nothing, a confidence lies outside 0 to 1, or there are no bins.
    """
    return float(calibration_error_of(bins)(tally(confidence, correct)))


def calibration_error_by_level(confidence: ArrayLike, correct: ArrayLike) -> float:
    """The same with a bin for each distinct confidence, so that nothing is averaged away inside a bin.

    Of replies from 0 to 10 these are at most eleven bins; of replies from 0 to 100, 101.
    """
    return float(level_calibration_error_of(tally(confidence, correct)))


def brier(confidence: ArrayLike, correct: ArrayLike) -> float:
    """Mean (confidence − correct)², correct being 1 or 0 (Brier 1950), in [0, 1].

    Raises:
        ValueError: there is nothing, or a confidence lies outside 0 to 1.
    """
    return float(brier_of(tally(confidence, correct)))


def reliability(confidence: ArrayLike, correct: ArrayLike, bins: int = BINS) -> list[ReliabilityBin]:
    """All bins in order, the empty ones too.

    Raises:
        ValueError: there is nothing, a confidence lies outside 0 to 1, or there are no bins.
    """
    counted = tally(confidence, correct)
    edges, member = _edges(counted.values, bins)
    items = counted.items @ member
    right = counted.having @ member
    sure = over((counted.items * counted.values) @ member, items)
    found = []
    for place, (n, of_them, mean) in enumerate(zip(items, right, sure, strict=True)):
        low, high = float(edges[place]), float(edges[place + 1])
        if n:
            rate = float(of_them / n)
            found.append(ReliabilityBin(low, high, int(n), float(mean), rate, wilson(rate, int(n))))
        else:
            found.append(ReliabilityBin(low, high, 0, None, None, None))
    return found


def calibration_error_of(bins: int = BINS) -> Measure:
    """`expected_calibration_error` as a measure of tallies."""

    def measure(counted: Tally) -> Floats:
        return _gap(counted, _edges(counted.values, bins)[1])

    return measure


def level_calibration_error_of(counted: Tally) -> Floats:
    """`calibration_error_by_level` as a measure of tallies."""
    _shares(counted.values)
    return _gap(counted, None)


def brier_of(counted: Tally) -> Floats:
    """`brier` as a measure of tallies."""
    _shares(counted.values)
    wrong, right = counted.without @ counted.values**2, counted.having @ (1 - counted.values) ** 2
    return over(wrong + right, counted.size)


def _gap(counted: Tally, member: Floats | None) -> Floats:
    """Σ |right − Σ confidence| / n over the columns of `member` [V, bins], or over values; the weights of bins cancel."""
    surplus = counted.having - counted.items * counted.values
    return over(np.abs(surplus if member is None else surplus @ member).sum(axis=-1), counted.size)


def _edges(values: Floats, bins: int) -> tuple[Floats, Floats]:
    """Edges [bins + 1], and which bin holds each value as zeros and ones [V, bins]."""
    if bins < 1:
        raise ValueError(f"a reliability diagram needs at least one bin, not {bins}")
    _shares(values)
    edges = np.arange(bins + 1) / bins
    place = np.minimum(np.searchsorted(edges, values, side="right") - 1, bins - 1)
    return edges, np.eye(bins)[place]


def _shares(values: Floats) -> None:
    if values[0] < 0 or values[-1] > 1:
        raise ValueError(
            f"calibration needs confidences from 0 to 1, these go from {values[0]:g} to {values[-1]:g}"
        )
