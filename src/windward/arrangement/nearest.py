"""For each target its nearest rows that are left: a list long enough for many turns, made in one pass over the rows.

A pass compares blocks of rows with all targets and keeps, for each target, the `depth` nearest by (distance, place). What a product
cannot decide stays undecided until a target gets there: then those pairs are measured again, and a row is *sure* once no row that
is not measured can be nearer. A target whose list is used up gets another, four times as deep, of the rows that are left.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from windward.arrangement.cosine import Floats
from windward.arrangement.distances import BLOCK, Distances

_ENTRIES = 8 << 20
"""Entries of all lists together, at most: 12 bytes each, and about as much again while they are made."""
_DEEPER = 4
_FEW = 1024
"""A list that is too long to be kept whole is made sure so far."""
_SHORTEST, _PER_SHARE, _FIRST = 64, 32, 16
"""A first list has 32 entries for each row that its target has to name, and 64 at least; the first 16 + 2 of them are measured at once."""


class Ranking:
    """Lists of some targets, nearest first; each has its sure part, then what is measured, then what is only screened.

    Attributes:
        rows: places of rows, [m, width].
        distance: right within `Distances.fine` where measured, within its `slack` elsewhere; float64 [m, width].
        size: entries of each list, [m].
        sure: leading entries in their final order, [m].
        known: leading entries that are measured, or were taken before, [m].
        floor: no row outside a list is screened nearer, [m]; infinite where the list holds all rows that are left.
        at: where each target stands, [m].
    """

    def __init__(
        self, rows: NDArray[np.integer], distance: NDArray[np.float64], floor: NDArray[np.float64]
    ) -> None:
        self.rows, self.distance, self.floor = rows, distance, floor
        self.size = np.full(len(rows), rows.shape[1])
        self.sure, self.known, self.at = (np.zeros(len(rows), dtype=np.int64) for _ in range(3))

    def skip(self, taken: NDArray[np.bool_]) -> None:
        """Moves each target to its next sure row that is not taken, or to the end of its sure part."""
        moving, span = np.flatnonzero(self.at < self.sure), 4
        while len(moving):
            at, end = self.at[moving], self.sure[moving]
            look = at[:, None] + np.arange(span)
            free = ~taken[self.rows[moving[:, None], np.minimum(look, self.rows.shape[1] - 1)]]
            free &= look < end[:, None]
            found = free.any(axis=1)
            self.at[moving] = np.where(found, at + free.argmax(axis=1), np.minimum(at + span, end))
            moving = moving[~found & (self.at[moving] < end)]
            span = min(2 * span, 512)


class Lists:
    """The nearest rows that are left, of each target.

    Args:
        distances: of all rows to all targets.
        wanted: how many rows will still be taken, at most, before a last turn.
        taken: rows that are taken before, [N]; marked further by `take`.
        heads: what decides between rows that are equally near, lowest first, [N]; it may change from turn to turn. None: their places.
    """

    def __init__(
        self,
        distances: Distances,
        wanted: int,
        taken: NDArray[np.bool_],
        heads: NDArray[np.int64] | None = None,
    ) -> None:
        self.taken = taken
        self._distances, self._wanted, self._heads = distances, wanted, heads
        self._gone, self._split = 0, False
        share = -(-wanted // distances.targets)
        self._chunk = _FIRST + 2 * share
        self._widest = max(1, _ENTRIES // distances.targets)
        every = np.arange(distances.targets)
        depth = min(max(_SHORTEST, _PER_SHARE * share), self._widest)
        self._depth = np.full(distances.targets, depth)
        self._ranking = nearest(distances, every, depth, self.taken)

    def nearest(self) -> NDArray[np.int64] | None:
        """Each target's nearest row that is not taken, ties to the lowest head; [M].

        None: with heads no list can hold all rows that are equally near, so that another way has to be taken.
        """
        ranking = self._ranking
        while not self._split:
            ranking.skip(self.taken)
            out = np.flatnonzero(ranking.at == ranking.sure)
            if not len(out):
                break
            open_ = out[ranking.known[out] < ranking.size[out]]
            if len(open_):
                self._measure(ranking, open_, open_)
            if len(open_) < len(out):
                self._refill(np.setdiff1d(out, open_))
        if self._split:
            return None
        every = np.arange(len(ranking.rows))
        named = ranking.rows[every, ranking.at].astype(np.int64)
        if self._heads is not None:
            ties = np.minimum(ranking.at + 1, ranking.rows.shape[1] - 1)
            equal = ranking.distance[every, ties] == ranking.distance[every, ranking.at]
            for target in np.flatnonzero(equal & (ties < ranking.sure) & (ties > ranking.at)):
                named[target] = self._lowest(target)
        return named

    def _lowest(self, target: np.int64) -> np.int64:
        """Of the rows that are equally near to a target and not taken the one with the lowest head."""
        assert self._heads is not None
        ranking = self._ranking
        rest = slice(ranking.at[target], ranking.sure[target])
        distance = ranking.distance[target, rest]
        rows = ranking.rows[target, rest][distance == distance[0]]
        rows = rows[~self.taken[rows]]
        return np.int64(rows[self._heads[rows].argmin()])

    def take(self, rows: NDArray[np.int64]) -> None:
        """Marks rows that are left as taken."""
        self.taken[rows] = True
        self._gone += len(rows)

    def _measure(self, ranking: Ranking, some: NDArray[np.int64], targets: NDArray[np.int64]) -> None:
        """Makes more of these lists sure; those lists are of `targets`."""
        known, size = ranking.known[some], ranking.size[some]
        if self._distances.slack == 0:  # screened is measured
            ranking.known[some] = ranking.sure[some] = size
            return
        reach = np.minimum(size, known + np.maximum(self._chunk, known))
        which, columns = _spans(known, reach)
        rows = ranking.rows[some[which], columns]
        gone = self.taken[rows]
        found = np.full(len(rows), -np.inf)  # what is taken is sorted to where it is skipped
        found[~gone] = self._distances.measure(targets[which[~gone]], rows[~gone].astype(np.int64))
        edge = ranking.distance[some, np.minimum(reach, ranking.rows.shape[1] - 1)]
        bound = np.where(reach < size, edge, ranking.floor[some]) - self._distances.slack
        ranking.distance[some[which], columns] = found
        which, columns = _spans(ranking.sure[some], reach)
        rows, found = self._sorted(
            which, targets, ranking.rows[some[which], columns], ranking.distance[some[which], columns]
        )
        ranking.rows[some[which], columns], ranking.distance[some[which], columns] = rows, found
        ranking.sure[some] += np.bincount(which[found < bound[which]], minlength=len(some))
        ranking.known[some] = reach

    def _sorted(
        self,
        which: NDArray[np.int64],
        targets: NDArray[np.int64],
        rows: NDArray[np.integer],
        found: NDArray[np.float64],
    ) -> tuple[NDArray[np.integer], NDArray[np.float64]]:
        """Measured rows of each target by (distance, place). Neighbours that measuring cannot tell apart are compared exactly."""
        order = np.lexsort((rows, found, which))
        rows, found = rows[order], found[order]
        with np.errstate(invalid="ignore"):  # between two that are taken
            near = (np.diff(found) <= 2 * self._distances.fine) & (which[1:] == which[:-1])
        if not near.any():
            return rows, found
        close = np.zeros(len(found), dtype=np.bool_)
        close[1:] |= near
        close[:-1] |= near
        found[close] = self._distances.exact(targets[which[close]], rows[close].astype(np.int64))
        order = np.lexsort((rows, found, which))
        return rows[order], found[order]

    def _refill(self, dry: NDArray[np.int64]) -> None:
        """New lists, of the rows that are left, for targets whose list is used up, and for those whose list soon will be."""
        ranking = self._ranking
        soon = (2 * ranking.at > ranking.size) & np.isfinite(ranking.floor)
        soon[dry] = True
        some = np.flatnonzero(soon)
        longest = max(self._widest, int(self._depth[dry].max()))  # one that had to be deeper stays so
        depth = int(min(_DEEPER * self._depth[some].max(), self._wanted - self._gone + self._chunk, longest))
        stuck = dry[ranking.sure[dry] == 0]
        if len(
            stuck
        ):  # more rows than its list held are too near to each other to be told apart by a product
            depth = max(depth, _DEEPER * int(self._depth[stuck].max()))
        self._depth[some] = depth
        batch = max(1, _ENTRIES // depth)
        for start in range(0, len(some), batch):
            targets = some[start : start + batch]
            self._put(targets, nearest(self._distances, targets, depth, self.taken))

    def _put(self, targets: NDArray[np.int64], new: Ranking) -> None:
        old, width = self._ranking, new.rows.shape[1]
        if width > self._widest:  # keep only what is sure, and no more than there is room for
            open_ = np.arange(len(targets))
            while len(open_):
                self._measure(new, open_, targets[open_])
                few = new.sure[open_] < min(_FEW, self._widest)
                open_ = open_[few & (new.known[open_] < new.size[open_])]
            if self._heads is not None:
                last = new.distance[:, self._widest - 1] == new.distance[:, self._widest]
                self._split |= bool((last & (new.sure > self._widest)).any())
            new.size = new.known = new.sure = np.minimum(new.sure, self._widest)
            new.floor[:] = -np.inf
            width = self._widest
        if (wider := width - old.rows.shape[1]) > 0:
            old.rows = np.pad(old.rows, ((0, 0), (0, wider)))
            old.distance = np.pad(old.distance, ((0, 0), (0, wider)))
        old.rows[targets, :width], old.distance[targets, :width] = (
            new.rows[:, :width],
            new.distance[:, :width],
        )
        for name in ("size", "sure", "known", "floor", "at"):
            getattr(old, name)[targets] = getattr(new, name)


def nearest(
    distances: Distances, targets: NDArray[np.int64], depth: int, taken: NDArray[np.bool_]
) -> Ranking:
    """The `depth` nearest rows that are not taken, of each of some targets, by (screened distance, place).

    One pass; memory for 2 × depth entries a target, and a block of distances.
    """
    kept = _Kept(len(targets), min(depth, len(taken)), len(taken))
    for places, found in distances.blocks(targets, taken):
        kept.add(places, found)
    return kept.ranking(int(np.count_nonzero(~taken)))


def _spans(start: NDArray[np.int64], stop: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Whose, and which column, of all columns from start to stop of each: two arrays of Σ (stop − start)."""
    many = stop - start
    which = np.repeat(np.arange(len(many)), many)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(many) - many - start, many)


class _Kept:
    """Room for what a pass has to keep: per target the entries nearer than its bound, cut to `depth` whenever a room is full."""

    def __init__(self, targets: int, depth: int, rows: int) -> None:
        self._depth = depth
        room = depth + max(depth, BLOCK)
        self._places = np.zeros((targets, room), dtype=np.int32 if rows < 2**31 else np.int64)
        self._values: Floats | None = None
        self._count = np.zeros(targets, dtype=np.int64)
        self._bound = np.full(targets, np.inf)

    def add(self, places: NDArray[np.int64], found: Floats) -> None:
        """Keeps of a block [m, b] what is nearer than the bound. Blocks come in the order of the rows, so an equal one is later and loses."""
        if self._values is None:
            self._values = np.full(self._places.shape, np.inf, dtype=found.dtype)
            self._bound = self._bound.astype(found.dtype)
        flat = np.flatnonzero(found < self._bound[:, None])
        values = found.ravel()[flat]
        which, column = np.divmod(flat, found.shape[1])
        new = np.bincount(which, minlength=len(found))
        room = self._places.shape[1]
        if (self._count + new).max() > room:
            self._cut()
            still = values < self._bound[which]
            values, which, column = values[still], which[still], column[still]
            new = np.bincount(which, minlength=len(found))
        begin = np.arange(len(found)) * room + self._count - np.cumsum(new) + new
        slot = np.arange(len(values)) + np.repeat(begin, new)
        self._values.ravel()[slot] = values
        self._places.ravel()[slot] = places[column]
        self._count += new

    def ranking(self, left: int) -> Ranking:
        """The lists, sorted; `left` rows were seen."""
        self._cut()
        width = min(self._depth, left)
        if self._values is None:
            self._values = np.empty(self._places.shape)
        values, places = self._values[:, :width], self._places[:, :width]
        order = np.argsort(values, axis=1, kind="stable")
        distance = np.take_along_axis(values, order, axis=1).astype(np.float64)
        floor = distance[:, -1].copy() if width < left else np.full(len(values), np.inf)
        return Ranking(np.take_along_axis(places, order, axis=1), distance, floor)

    def _cut(self) -> None:
        if self._values is None:
            return
        depth, step = self._depth, max(1, (4 << 20) // self._places.shape[1])
        for start in range(0, len(self._places), step):
            values, places = self._values[start : start + step], self._places[start : start + step]
            last = np.partition(values, depth - 1, axis=1)[:, depth - 1]
            keep = values < last[:, None]
            equal = values == last[:, None]
            need = depth - keep.sum(axis=1)
            for row in np.flatnonzero(
                equal.sum(axis=1) > need
            ):  # of equals the first: entries stand in the order of the rows
                equal[row, np.flatnonzero(equal[row])[need[row] :]] = False
            keep |= equal
            values[:, :depth] = values[keep].reshape(len(values), depth)
            places[:, :depth] = places[keep].reshape(len(values), depth)
            values[:, depth:] = np.inf
            self._bound[start : start + step] = last
        np.minimum(self._count, depth, out=self._count)
