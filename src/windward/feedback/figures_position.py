"""Does the place at which a judge read a completion change its rating? Compared within records, where all else is equal.

Texts are put into their places by lot, so under no bias every permutation of a record's ratings over its places was as
likely. That makes each place's deviation from its record's mean have mean 0 and a known covariance,
σ_r²·(δ_pq − 1/k)·k/(k−1) with σ_r² the mean squared deviation in record r of k ratings. Summed over records, the
quadratic form of the deviations in its inverse is χ² with one degree of freedom less than there are places: the
permutation test in closed form (for completely ranked blocks it is Friedman's). It holds for any bias, not only a slope.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from windward.feedback.figures_sums import ClusteredMean


@dataclass(frozen=True)
class PlaceEffect:
    """One place.

    Attributes:
        place: from 1.
        mean: of the ratings given there.
        deviation: mean deviation from the record's mean, in points of the scale.
        stderr: of the deviation; None for one record.
        n: ratings.
    """

    place: int
    mean: float
    deviation: float
    stderr: float | None
    n: int


@dataclass(frozen=True)
class PlaceTest:
    """All places together.

    Attributes:
        chi2: the statistic; 0 where no record's ratings differ.
        df: its degrees of freedom.
        p_value: of no bias.
        slope: points a place, by least squares within records.
        stderr: of the slope, records being the clusters; None for one record.
        n: records with two ratings or more.
    """

    chi2: float
    df: int
    p_value: float
    slope: float
    stderr: float | None
    n: int


class Places:
    """Ratings by place, one record after the other; a few sums for each pair of places."""

    def __init__(self) -> None:
        self._means: dict[int, ClusteredMean] = defaultdict(ClusteredMean)
        self._deviations: dict[int, ClusteredMean] = defaultdict(ClusteredMean)
        self._covariances: dict[tuple[int, int], float] = defaultdict(float)
        self._slopes = [0.0] * 5
        self._records = 0

    def add(self, rated: Sequence[tuple[int, float]]) -> None:
        """Takes (place, rating) of the texts that one call judged together; a single rating says nothing."""
        if len(rated) < 2:
            return
        self._records += 1
        k = len(rated)
        mean = sum(value for _, value in rated) / k
        middle = sum(place for place, _ in rated) / k
        spread = sum((value - mean) ** 2 for _, value in rated) / (k - 1)
        for place, value in rated:
            self._means[place].add([value])
            self._deviations[place].add([value - mean])
            for other, _ in rated:
                self._covariances[place, other] += spread * ((place == other) - 1 / k)
        rise = sum((value - mean) * (place - middle) for place, value in rated)
        run = sum((place - middle) ** 2 for place, _ in rated)
        for index, term in enumerate((rise, run, rise * rise, rise * run, run * run)):
            self._slopes[index] += term

    def effects(self) -> list[PlaceEffect]:
        """Every place, in order."""
        return [
            PlaceEffect(place, self._means[place].mean, found.mean, found.stderr, found.count)
            for place, found in sorted(self._deviations.items())
        ]

    def test(self) -> PlaceTest | None:
        """The test over all places; None without a record of two ratings."""
        import numpy as np
        from scipy.stats import chi2

        if not self._records:
            return None
        places = sorted(self._deviations)
        sums = np.array([self._deviations[place].total for place in places])
        covariance = np.array([[self._covariances[p, q] for q in places] for p in places])
        df = int(np.linalg.matrix_rank(covariance, hermitian=True))
        statistic = float(sums @ np.linalg.pinv(covariance, hermitian=True) @ sums) if df else 0.0
        rise, run, rise2, product, run2 = self._slopes
        slope = rise / run
        stderr = None
        if self._records > 1:
            square = max(rise2 - 2 * slope * product + slope**2 * run2, 0.0)
            stderr = sqrt(square * self._records / (self._records - 1)) / run
        p_value = float(chi2.sf(statistic, df)) if df else 1.0
        return PlaceTest(statistic, df, p_value, slope, stderr, self._records)
