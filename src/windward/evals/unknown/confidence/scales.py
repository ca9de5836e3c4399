"""Scales of confidence, as types: values of two scales are never mixed, and only what is a probability is treated as one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, isfinite


class ScaleError(ValueError):
    """Values of different scales were put together, or a value was asked of a scale that has none; says which."""


@dataclass(frozen=True)
class ConfidenceScale:
    """What a number says about how sure a model is.

    Attributes:
        name: in result rows: `0-10`, `0-100`, `1-5`, `probability`, `log-probability`, `negative-nats`, `negative-perplexity`.
        low: the least value.
        high: the largest.
    """

    name: str
    low: float
    high: float

    @property
    def bounded(self) -> bool:
        """Whether it has both ends, so that its values can be read as shares of 1 (calibration needs that)."""
        return isfinite(self.low) and isfinite(self.high)

    def holds(self, value: float) -> bool:
        """Whether a value lies on it."""
        return self.low <= value <= self.high

    def unit(self, value: float) -> float:
        """The value as a share of the scale, 0 to 1.

        As in the released evaluation a scale from 0 is divided by its top; `1-5` goes from 0 at 1 to 1 at 5.

        Raises:
            ScaleError: the scale has no ends, or the value lies outside.
        """
        if not self.bounded:
            raise ScaleError(f"{self.name} has no ends: {value} cannot be read as a share of it")
        if not self.holds(value):
            raise ScaleError(f"{value} lies outside {self.name}")
        return (value - self.low) / (self.high - self.low)


ZERO_TO_TEN = ConfidenceScale("0-10", 0, 10)
ZERO_TO_HUNDRED = ConfidenceScale("0-100", 0, 100)
ONE_TO_FIVE = ConfidenceScale("1-5", 1, 5)
PROBABILITY = ConfidenceScale("probability", 0, 1)
LOG_PROBABILITY = ConfidenceScale("log-probability", -inf, 0)
"""Mean log-probability (nats) of the answer's tokens."""
NEGATIVE_NATS = ConfidenceScale("negative-nats", -inf, 0)
"""Entropy (nats) with its sign turned, so that more is surer."""
NEGATIVE_PERPLEXITY = ConfidenceScale("negative-perplexity", -inf, -1)
"""Perplexity with its sign turned."""
SCALES = {
    one.name: one
    for one in (
        ZERO_TO_TEN,
        ZERO_TO_HUNDRED,
        ONE_TO_FIVE,
        PROBABILITY,
        LOG_PROBABILITY,
        NEGATIVE_NATS,
        NEGATIVE_PERPLEXITY,
    )
}


@dataclass(frozen=True)
class Confidence:
    """One value, more being surer, or why there is none.

    Attributes:
        value: on the scale; None where there is none. A missing value is counted, never put in.
        scale: what it says.
        absent: `unparsed`, `out of range`, `no reply`, … where there is no value; "" where there is one.
        said: the reply that it was read from; "" where none was.
    """

    value: float | None
    scale: ConfidenceScale
    absent: str = ""
    said: str = ""

    @property
    def unit(self) -> float | None:
        """As a share of its scale; None where there is none."""
        return None if self.value is None else self.scale.unit(self.value)


def one_scale(confidences: Iterable[Confidence]) -> ConfidenceScale:
    """The scale that all share.

    Raises:
        ScaleError: there are none, or of several scales.
    """
    found = {one.scale for one in confidences}
    if len(found) != 1:
        names = ", ".join(sorted(one.name for one in found)) or "none"
        raise ScaleError(f"confidences must be of one scale, these are of: {names}")
    return found.pop()
