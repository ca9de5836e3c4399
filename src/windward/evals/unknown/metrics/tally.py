"""How often each confidence came with each outcome: all that any figure here depends on, so that resamples are arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tally:
    """Items counted by confidence and outcome.

    Attributes:
        values: the distinct confidences, ascending; shape [V].
        counts: items of each value without and with the outcome; shape [..., V, 2], the axes before being resamples.
    """

    values: Floats
    counts: Floats

    @property
    def of_value(self) -> Floats:
        """Items of each value; shape [..., V]."""
        items: Floats = self.counts.sum(axis=-1)
        return items

    @property
    def size(self) -> Floats:
        """All items; shape [...]."""
        items: Floats = self.counts.sum(axis=(-2, -1))
        return items


Measure = Callable[[Tally], Floats]
"""A figure of a tally: [..., V, 2] to [...]; NaN where it is not defined."""


def tally(confidence: ArrayLike, outcome: ArrayLike) -> Tally:
    """Counts items; shapes [n] and [n] to counts [V, 2].

    Args:
        confidence: one finite number an item, more being surer. What has no confidence is left out by the caller, and counted.
        outcome: whether each item is correct, refused, answerable, …: true or false (1 or 0).

    Raises:
        ValueError: the two are not of one length, are empty, or hold something else.
    """
    numbers, flags = np.asarray(confidence, dtype=np.float64), np.asarray(outcome)
    if numbers.ndim != 1 or numbers.shape != flags.shape or not len(numbers):
        raise ValueError(
            f"confidences and outcomes must be two lists of one length, not {numbers.shape} and {flags.shape}"
        )
    if not np.isfinite(numbers).all():
        raise ValueError(
            "a confidence is missing or not finite: leave such items out, and count them as missing"
        )
    if not np.isin(flags, (0, 1)).all():
        raise ValueError("an outcome is true or false (1 or 0)")
    values, place = np.unique(numbers, return_inverse=True)
    counts = np.zeros((len(values), 2))
    np.add.at(counts, (place, flags.astype(np.intp)), 1)
    return Tally(values, counts)


def resamples(of: Tally, generator: np.random.Generator, draws: int) -> Tally:
    """As many items drawn with replacement, `draws` times: counts [draws, V, 2] of the same values."""
    size = int(of.size)
    if of.counts.size < size:
        shares = of.counts.ravel() / size
        counts = generator.multinomial(size, shares, draws).astype(np.float64)
        return Tally(of.values, counts.reshape(draws, *of.counts.shape))
    cells = np.repeat(np.arange(of.counts.size), of.counts.ravel().astype(np.intp))
    picked = cells[generator.integers(0, size, (draws, size))]
    numbered = (picked + np.arange(draws)[:, None] * of.counts.size).ravel()
    counts = np.bincount(numbered, minlength=draws * of.counts.size).astype(np.float64)
    return Tally(of.values, counts.reshape(draws, *of.counts.shape))


def over(above: ArrayLike, below: ArrayLike) -> Floats:
    """A quotient; NaN where it divides by nothing."""
    top, bottom = np.broadcast_arrays(np.asarray(above, float), np.asarray(below, float))
    quotient: Floats = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return quotient


def single(figure: Floats) -> float | None:
    """The figure of one tally; None where it is not defined."""
    return None if np.isnan(figure) else float(figure)
