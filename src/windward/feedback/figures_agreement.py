"""How far two series of scores agree, from a table of how often each two values met: memory does not grow with records.

Resampling is by record: record r counts Poisson(1) times in a draw, by a generator of its own (seed, id), so that neither
the order of the records nor their division over machines changes an interval.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DRAWS = 200
_GRID = 24
"""Scores are read to 1/24: exact for means of up to four half points, and bounds the table for any others."""


def record_weights(record_id: str, *, seed: int, draws: int = DRAWS) -> NDArray[np.int32]:
    """How often a record counts: once in the table itself, and in each of the resamples.

    Returns:
        Shape [1 + draws].
    """
    import numpy as np

    name = hashlib.blake2b(f"{seed}/{record_id}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    drawn = np.random.Generator(np.random.PCG64(int.from_bytes(name, "big"))).poisson(1.0, size=draws)
    return np.concatenate(([1], drawn)).astype(np.int32)


@dataclass(frozen=True)
class Agreement:
    """What two series have in common; a coefficient is NaN where one of them never varies.

    Attributes:
        n: pairs of scores.
        spearman: correlation of mid-ranks.
        kendall: tau-b.
        alpha: Krippendorff's alpha for interval data (2011), two raters; NaN says nothing where scales differ.
        exact: share of pairs of equal scores.
        intervals: coefficient to its 95 % interval (percentiles of the resamples), where it has one.
        errors: coefficient to the standard deviation over the resamples.
    """

    n: int
    spearman: float
    kendall: float
    alpha: float
    exact: float
    intervals: dict[str, tuple[float, float]]
    errors: dict[str, float]


COEFFICIENTS = ("spearman", "kendall", "alpha", "exact")


class AgreementTable:
    """Counts of (first score, second score), for the records and for every resample."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], NDArray[np.int32]] = {}

    def add(self, pairs: Iterable[tuple[float, float]], weights: NDArray[np.int32]) -> None:
        """Takes the pairs of one record, with its `record_weights`."""
        for first, second in pairs:
            cell = round(first * _GRID), round(second * _GRID)
            known = self._cells.get(cell)
            if known is None:
                self._cells[cell] = weights.copy()
            else:
                known += weights

    def agreement(self) -> Agreement:
        """The coefficients with their intervals."""
        import numpy as np

        first, second = (np.array(sorted({cell[side] for cell in self._cells})) for side in (0, 1))
        draws = len(next(iter(self._cells.values())))
        counts = np.zeros((draws, len(first), len(second)))
        for (a, b), weights in self._cells.items():
            counts[:, np.searchsorted(first, a), np.searchsorted(second, b)] = weights
        found = [_coefficients(one, first / _GRID, second / _GRID) for one in counts]
        intervals, errors = {}, {}
        for name in COEFFICIENTS:
            drawn = np.array([one[name] for one in found[1:]])
            drawn = drawn[~np.isnan(drawn)]
            if len(drawn) > len(found) // 2:
                low, high = np.percentile(drawn, [2.5, 97.5])
                intervals[name] = float(low), float(high)
                errors[name] = float(drawn.std(ddof=1))
        return Agreement(
            n=int(counts[0].sum()), intervals=intervals, errors=errors, **{name: found[0][name] for name in COEFFICIENTS}
        )  # fmt: skip


def _coefficients(
    counts: NDArray[np.float64], first: NDArray[np.float64], second: NDArray[np.float64]
) -> dict[str, float]:
    """The coefficients of a table of counts [I, J] of values `first` [I] and `second` [J]."""
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    return {
        "spearman": _pearson(counts, _mid_ranks(rows), _mid_ranks(columns)),
        "kendall": _kendall(counts),
        "alpha": _alpha(counts, first, second),
        "exact": _exact(counts, first, second),
    }


def _mid_ranks(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    ranks: NDArray[np.float64] = counts.cumsum() - (counts - 1) / 2
    return ranks


def _pearson(counts: NDArray[np.float64], first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    whole = counts.sum()
    if not whole:
        return float("nan")
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    left, right = first - rows @ first / whole, second - columns @ second / whole
    norm = (rows @ left**2) * (columns @ right**2)
    return float(left @ counts @ right / norm**0.5) if norm > 0 else float("nan")


def _kendall(counts: NDArray[np.float64]) -> float:
    """Tau-b: (concordant − discordant) / √((pairs − ties in first) · (pairs − ties in second))."""
    import numpy as np

    below = np.zeros_like(counts)  # of how many pairs both scores are higher
    below[:-1, :-1] = counts[::-1, ::-1].cumsum(0).cumsum(1)[::-1, ::-1][1:, 1:]
    across = np.zeros_like(counts)  # the first higher, the second lower
    across[:-1, 1:] = counts[::-1].cumsum(0).cumsum(1)[::-1][1:, :-1]
    difference = float((counts * (below - across)).sum())

    def untied(margin: NDArray[np.float64]) -> float:
        whole = margin.sum()
        return float(whole * (whole - 1) - (margin * (margin - 1)).sum()) / 2

    norm = untied(counts.sum(axis=1)) * untied(counts.sum(axis=0))
    return difference / norm**0.5 if norm > 0 else float("nan")


def _alpha(counts: NDArray[np.float64], first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """1 − D_o / D_e with squared differences: D_o over pairs, D_e over any two of the 2n scores."""
    n = 2 * counts.sum()
    if n < 4:
        return float("nan")
    observed = float((counts * (first[:, None] - second[None, :]) ** 2).sum() / (n / 2))
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    mean = (rows @ first + columns @ second) / n
    expected = float(2 * (rows @ (first - mean) ** 2 + columns @ (second - mean) ** 2) / (n - 1))
    return 1 - observed / expected if expected > 0 else float("nan")


def _exact(counts: NDArray[np.float64], first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    whole = counts.sum()
    return float(counts[first[:, None] == second[None, :]].sum() / whole) if whole else float("nan")
