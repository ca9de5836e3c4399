"""One figure of a curve over degrees: the paper's moving average, as released and with weights that add up to 1."""

from __future__ import annotations

from collections.abc import Sequence


def ewma(accuracies: Sequence[float]) -> float:
    """The released total: from the highest degree down, s ← s / 2 + a / 2, starting at 0; so low degrees weigh most.

    Its weights add up to 1 − 2⁻ⁿ: a model that is right at all of seven degrees has 0.9921875.

    Args:
        accuracies: by rising degree, degree 0 left out.

    Raises:
        ValueError: there are none.
    """
    if not accuracies:
        raise ValueError("a total needs the accuracy of one degree at least")
    total = 0.0
    for accuracy in reversed(accuracies):
        total = 0.5 * total + 0.5 * accuracy
    return total


def normalised(accuracies: Sequence[float]) -> float:
    """As `ewma`, its weights divided by their sum: a model that is always right has 1."""
    return ewma(accuracies) / (1 - 0.5 ** len(accuracies))
