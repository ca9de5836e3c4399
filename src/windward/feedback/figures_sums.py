"""Means whose errors know that the values of one record are no independent draws; a handful of sums each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt


@dataclass
class ClusteredMean:
    """A mean of values that come in clusters (the records), in constant memory.

    With s_r the sum and k_r the number of values of record r, m = Σs/Σk and, by linearisation of this ratio,
    Var(m) = R/(R−1) · Σ(s_r − m·k_r)² / (Σk)²; opened out, it needs five sums and the number R of records.

    Attributes:
        count: values.
        total: their sum.
        clusters: records that have any.
    """

    count: int = 0
    total: float = 0.0
    clusters: int = 0
    _squares: float = 0.0
    _products: float = 0.0
    _counts: float = 0.0

    def add(self, values: Sequence[float]) -> None:
        """Takes all the values of one record."""
        if not values:
            return
        added, number = sum(values), len(values)
        self.count += number
        self.total += added
        self.clusters += 1
        self._squares += added * added
        self._products += added * number
        self._counts += number * number

    @property
    def mean(self) -> float:
        """The mean; NaN without values."""
        return self.total / self.count if self.count else float("nan")

    @property
    def stderr(self) -> float | None:
        """Its standard error; None for fewer than two records."""
        if self.clusters < 2:
            return None
        spread = self._squares - 2 * self.mean * self._products + self.mean**2 * self._counts
        return sqrt(max(spread, 0.0) * self.clusters / (self.clusters - 1)) / self.count
