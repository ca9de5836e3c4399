"""Test-centric multi-turn arrangement (TMA): the training rows nearest to the target set first, turn by turn.

In a turn every target names its nearest remaining row; the set of named rows is the turn, and leaves the pool:

    turn t:  S_t = { argmin over i in R_t of distance(i, j) : j = 1 … M },   R_{t+1} = R_t minus S_t

until `budget` rows are chosen. As a rule the method reads N × M distances again in each turn; here they are read once (`nearest.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from windward.arrangement.copies import Copies, copies_among
from windward.arrangement.distances import CosineDistances, Distances, MatrixDistances
from windward.arrangement.nearest import Lists
from windward.arrangement.plan import Plan
from windward.arrangement.vectors import Vectors
from windward.arrangement.whole import ENTRIES, Whole

Within = Literal["index", "distance"]


class TestCentric:
    """Orders training rows by the turn in which a target names them. Use `test_centric`, the one there is.

    Which row is nearest depends on the vectors alone, not on blocks, threads, files or the machine's matrix product: cosines are
    compared in float64, summed in one fixed order (`cosine.pair_distances`), and equal ones go to the lowest place. So the plan is
    that of `naive.naive_plan`, row by row. Equal rows have equal cosines; a row and its multiple may differ in the last digit.
    """

    def __call__(
        self,
        train: ArrayLike,
        target: ArrayLike,
        budget: int | None = None,
        *,
        far: bool = False,
        cut: bool = False,
        within: Within = "index",
    ) -> Plan:
        """The plan of training vectors for target vectors, by cosine.

        Args:
            train: vectors of the training rows, [N, d]; an `np.memmap` is read block by block, once as a rule.
            target: vectors of the targets, [M, d], M ≥ 1.
            budget: no turn is begun once so many rows are chosen; None: all rows.
            far: each target names its farthest row (the lowest place of equals).
            cut: end at exactly `budget` rows. Else the last turn is whole, as released, and up to M − 1 rows more come out.
            within: the rows of a turn by their places (`index`, as released), or by their distance to the nearest target that named
                them, nearest first (with `far`, farthest first), equal ones by place.

        Raises:
            ValueError: a vector is zero or not finite, the two differ in d, there is no target, or the budget is below 0.
        """
        rows, targets = Vectors(train, "train"), Vectors(target, "target")
        distances = CosineDistances(rows, targets, far=far)
        return _plan(distances, budget, cut, within, lambda: copies_among(rows))

    @staticmethod
    def from_distances(
        distances: ArrayLike,
        budget: int | None = None,
        *,
        far: bool = False,
        cut: bool = False,
        within: Within = "index",
    ) -> Plan:
        """The plan of given distances [N, M], finite, smaller is nearer, compared as they stand; the rest as above."""
        return _plan(MatrixDistances(distances, far=far), budget, cut, within)


test_centric = TestCentric()


def _plan(
    distances: Distances,
    budget: int | None,
    cut: bool,
    within: Within,
    copies: Callable[[], Copies | None] = lambda: None,
) -> Plan:
    if budget is not None and budget < 0:
        raise ValueError(f"a budget of {budget} rows makes no sense; give 0 or more, or None for all rows")
    if within not in ("index", "distance"):
        raise ValueError(f"within is {within!r}; the rows of a turn come by 'index' or by 'distance'")
    wanted = distances.rows if budget is None else min(budget, distances.rows)
    turns: list[ArrayLike] = []
    if wanted:
        remaining = _Remaining(distances, wanted, copies())
        every, chosen = np.arange(distances.targets), 0
        while chosen < wanted:
            named = remaining.nearest()
            if within == "distance":
                named = _by_distance(named, distances.exact(every, named))
            else:
                named = np.unique(named)
            remaining.take(named)
            turns.append(named)
            chosen += len(named)
    plan = Plan.of_turns(turns)
    return plan.first(wanted) if cut else plan


class _Remaining:
    """The rows that are left: a small set searched whole, while that is the faster way, else by lists. Copies are searched once."""

    def __init__(self, distances: Distances, wanted: int, copies: Copies | None) -> None:
        self._distances, self._left, self._copies = distances, wanted, copies
        self._taken = np.zeros(distances.rows, dtype=np.bool_)
        hidden = self._taken.copy() if copies is None else copies.later
        small = np.count_nonzero(~hidden) * distances.targets <= ENTRIES
        self._search: Whole | Lists = Whole(distances, hidden, self._heads) if small else self._lists(hidden)

    def nearest(self) -> NDArray[np.int64]:
        """Each target's nearest row that is left, [M]."""
        while (named := self._search.nearest()) is None:
            hidden = self._search.taken
            if isinstance(self._search, Lists):  # more rows are equally near than a list holds
                self._copies, hidden = None, self._taken.copy()
            self._search = self._lists(hidden)
        return named if self._copies is None else self._copies.head[named]

    def take(self, rows: NDArray[np.int64]) -> None:
        """Takes rows out that `nearest` gave."""
        self._taken[rows] = True
        self._left -= len(rows)
        self._search.take(rows if self._copies is None else self._copies.take(rows))

    @property
    def _heads(self) -> NDArray[np.int64] | None:
        return None if self._copies is None else self._copies.head

    def _lists(self, hidden: NDArray[np.bool_]) -> Lists:
        return Lists(self._distances, self._left, hidden, self._heads)


def _by_distance(rows: NDArray[np.int64], distance: NDArray[np.float64]) -> NDArray[np.int64]:
    """Each row once, by the smallest distance at which a target names it, equal ones by place."""
    rows = rows[np.lexsort((rows, distance))]
    return rows[np.sort(np.unique(rows, return_index=True)[1])]
