"""How often each confidence came with each outcome: all that any figure here depends on, so that resamples are arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tally:
    """Items counted by confidence and outcome.

    Attributes:
        values: the distinct confidences, ascending; shape [V].
        without: items of each value without the outcome; shape [..., V], the axes before being resamples.
        having: items of each value with it; shape [..., V].
    """

    values: Floats
    without: Floats
    having: Floats

    @cached_property
    def items(self) -> Floats:
        """Items of each value; shape [..., V]."""
        return self.without + self.having

    @cached_property
    def size(self) -> Floats:
        """All items; shape [...]."""
        size: Floats = self.items.sum(axis=-1)
        return size

    @cached_property
    def positives(self) -> Floats:
        """All items with the outcome; shape [...]."""
        positives: Floats = self.having.sum(axis=-1)
        return positives


Measure = Callable[[Tally], Floats]
"""A figure of a tally: [..., V] to [...]; NaN where it is not defined."""


def tally(confidence: ArrayLike, outcome: ArrayLike) -> Tally:
    """Counts items; shapes [n] and [n] to counts [V].

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
    place += np.where(flags == 1, len(values), 0)
    counts = np.bincount(place, minlength=2 * len(values)).astype(np.float64)
    return Tally(values, *np.split(counts, 2))


def resamples(of: Tally, generator: np.random.Generator, draws: int) -> Tally:
    """As many items drawn with replacement, `draws` times: counts [draws, V] of the same values."""
    size, cells = int(of.size), 2 * len(of.values)
    held = np.repeat(np.arange(cells), np.concatenate((of.without, of.having)).astype(np.intp))
    drawn = held[generator.integers(0, size, (draws, size))]
    drawn += np.arange(draws)[:, None] * cells
    counts = np.bincount(drawn.ravel(), minlength=draws * cells).reshape(draws, 2, -1).astype(np.float64)
    return Tally(of.values, counts[:, 0], counts[:, 1])


def over(above: ArrayLike, below: ArrayLike) -> Floats:
    """A quotient; NaN where it divides by nothing."""
    top, bottom = np.broadcast_arrays(np.asarray(above, float), np.asarray(below, float))
    quotient: Floats = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return quotient


def single(figure: Floats) -> float | None:
    """The figure of one tally; None where it is not defined."""
    return None if np.isnan(figure) else float(figure)
