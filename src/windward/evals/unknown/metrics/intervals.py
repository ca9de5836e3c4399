"""Bootstrap intervals over items, for any measure of a tally. Rates have Wilson's (`windward.reports.intervals`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from windward.evals.unknown.metrics.tally import Measure, resamples, tally

DRAWS = 500
_AT_ONCE = 200_000
"""Items drawn together at most: what fits a cache is four times as fast; no figure depends on it."""


@dataclass(frozen=True)
class Bootstrap:
    """A figure, and how far it moves when the items are drawn again (Efron 1979).

    Attributes:
        value: of the items themselves; None where it is not defined.
        low: 2.5th percentile of the resamples that define it; None where fewer than two do, or the value is None.
        high: 97.5th percentile.
        stderr: their standard deviation.
        n: items.
        draws: resamples.
        undefined: resamples that do not define the figure (one class only, a constant), left out of the percentiles.
        seed: of the draws.
    """

    value: float | None
    low: float | None
    high: float | None
    stderr: float | None
    n: int
    draws: int
    undefined: int
    seed: int


def bootstrap(
    measures: Mapping[str, Measure],
    confidence: ArrayLike,
    outcome: ArrayLike,
    *,
    seed: int,
    draws: int = DRAWS,
) -> dict[str, Bootstrap]:
    """Intervals of several measures, all from the same resamples of the items.

    Args:
        measures: by name: `auroc_of`, `brier_of`, `calibration_error_of(10)`, …
        confidence: one finite number an item.
        outcome: true or false for each.
        seed: of the draws; the same seed and items give the same interval, in any order of the items.
        draws: resamples.

    Raises:
        ValueError: there is nothing, lengths differ, draws are fewer than 1, or a measure refuses the values.
    """
    if draws < 1:
        raise ValueError(f"a bootstrap needs at least one draw, not {draws}")
    whole = tally(confidence, outcome)
    size = int(whole.size)
    generator = np.random.default_rng(seed)
    together = max(1, _AT_ONCE // size)
    drawn: dict[str, list[float]] = {name: [] for name in measures}
    for start in range(0, draws, together):
        again = resamples(whole, generator, min(together, draws - start))
        for name, measure in measures.items():
            drawn[name].extend(measure(again).tolist())
    return {
        name: _interval(float(measure(whole)), np.array(drawn[name]), size, seed)
        for name, measure in measures.items()
    }


def _interval(value: float, drawn: np.ndarray, n: int, seed: int) -> Bootstrap:
    known = drawn[~np.isnan(drawn)]
    undefined = len(drawn) - len(known)
    if np.isnan(value):
        return Bootstrap(None, None, None, None, n, len(drawn), undefined, seed)
    if len(known) < 2:
        return Bootstrap(value, None, None, None, n, len(drawn), undefined, seed)
    low, high = np.percentile(known, [2.5, 97.5])
    return Bootstrap(value, float(low), float(high), float(known.std(ddof=1)), n, len(drawn), undefined, seed)
