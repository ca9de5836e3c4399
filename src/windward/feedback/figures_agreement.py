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

    Floats = NDArray[np.float64]

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


_AT_ONCE = 500_000
"""Cells of an array at most, while resamples are worked out."""
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
        together = max(1, _AT_ONCE // counts[0].size)
        parts = [
            _coefficients(counts[start : start + together], first / _GRID, second / _GRID)
            for start in range(0, draws, together)
        ]
        found = {name: np.concatenate([part[name] for part in parts]) for name in COEFFICIENTS}
        intervals, errors = {}, {}
        for name in COEFFICIENTS:
            drawn = found[name][1:]
            drawn = drawn[~np.isnan(drawn)]
            if len(drawn) > draws // 2:
                low, high = np.percentile(drawn, [2.5, 97.5])
                intervals[name] = float(low), float(high)
                errors[name] = float(drawn.std(ddof=1))
        return Agreement(
            n=int(counts[0].sum()), intervals=intervals, errors=errors, **{name: float(found[name][0]) for name in COEFFICIENTS}
        )  # fmt: skip


def _coefficients(counts: Floats, first: Floats, second: Floats) -> dict[str, Floats]:
    """The coefficients of tables of counts [draws, I, J] of values `first` [I] and `second` [J]; each [draws]."""
    rows, columns = counts.sum(axis=2), counts.sum(axis=1)
    return {
        "spearman": _pearson(counts, _mid_ranks(rows), _mid_ranks(columns)),
        "kendall": _kendall(counts),
        "alpha": _alpha(counts, first, second),
        "exact": _over((counts * (first[:, None] == second)).sum(axis=(1, 2)), counts.sum(axis=(1, 2))),
    }


def _over(above: Floats, below: Floats) -> Floats:
    """A quotient; NaN where it divides by nothing."""
    import numpy as np

    quotient: Floats = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    return quotient


def _mid_ranks(counts: Floats) -> Floats:
    ranks: Floats = counts.cumsum(axis=1) - (counts - 1) / 2
    return ranks


def _pearson(counts: Floats, first: Floats, second: Floats) -> Floats:
    """Of values [draws, I] and [draws, J]."""
    rows, columns, whole = counts.sum(axis=2), counts.sum(axis=1), counts.sum(axis=(1, 2))
    left = first - _over((rows * first).sum(axis=1), whole)[:, None]
    right = second - _over((columns * second).sum(axis=1), whole)[:, None]
    norm = (rows * left**2).sum(axis=1) * (columns * right**2).sum(axis=1)
    return _over((counts * left[:, :, None] * right[:, None, :]).sum(axis=(1, 2)), norm**0.5)


def _kendall(counts: Floats) -> Floats:
    """Tau-b: (concordant − discordant) / √((pairs − ties in first) · (pairs − ties in second))."""
    import numpy as np

    from_below = counts[:, ::-1].cumsum(axis=1)[:, ::-1]
    difference = np.zeros_like(
        counts
    )  # pairs with both higher, less those with the first higher and the second lower
    difference[:, :-1, :-1] += from_below[:, 1:, ::-1].cumsum(axis=2)[:, :, ::-1][:, :, 1:]
    difference[:, :-1, 1:] -= from_below[:, 1:].cumsum(axis=2)[:, :, :-1]

    def untied(margin: Floats) -> Floats:
        whole = margin.sum(axis=1)
        pairs: Floats = (whole * (whole - 1) - (margin * (margin - 1)).sum(axis=1)) / 2
        return pairs

    norm = untied(counts.sum(axis=2)) * untied(counts.sum(axis=1))
    return _over((counts * difference).sum(axis=(1, 2)), norm**0.5)


def _alpha(counts: Floats, first: Floats, second: Floats) -> Floats:
    """1 − D_o / D_e with squared differences: D_o over pairs, D_e over any two of the 2n scores."""
    n = 2 * counts.sum(axis=(1, 2))
    rows, columns = counts.sum(axis=2), counts.sum(axis=1)
    observed = _over((counts * (first[:, None] - second) ** 2).sum(axis=(1, 2)), n / 2)
    mean = _over((rows * first).sum(axis=1) + (columns * second).sum(axis=1), n)[:, None]
    squares = (rows * (first - mean) ** 2).sum(axis=1) + (columns * (second - mean) ** 2).sum(axis=1)
    return 1 - _over(observed, _over(2 * squares, n - 1))
