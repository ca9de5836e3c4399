"""The Kullback-Leibler divergence of n-gram distributions: of the first i training rows from each test task.

``KL(train || test) = sum_g p(g) ln(p(g) / (q(g) + floor))`` over the *distinct* n-grams g of the training rows, where p and q are
relative frequencies and floor = 1e-10 stands for what the test task never says. The released code sums over the n-grams of all
rows as they come, so a frequent one counts again each time: that is no divergence, and grows with rows that were not yet seen.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from windward.arrangement.blocks import Floats, Places
from windward.arrangement.similarity import STRIDE

FLOOR = 1e-10

Gram = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class DivergenceCurves:
    """Divergences of the first rows from each task, in nats; smaller is nearer.

    Attributes:
        rows: how many rows each point counts, int64 [S].
        tasks: names of the tasks.
        values: float64 [S, tasks]; NaN where the rows so far hold no n-gram.
    """

    rows: Places
    tasks: tuple[str, ...]
    values: Floats


def n_grams(text: str, n: int = 2) -> Iterable[Gram]:
    """The n-grams of a text's words, in order; words are what white space parts, in the case that they have."""
    found = text.split()
    return zip(*(found[start:] for start in range(n)), strict=False)


def n_gram_divergence(
    train: Iterable[str], target: Iterable[str], *, n: int = 2, floor: float = FLOOR
) -> float:
    """KL of the n-grams of training texts from those of target texts, in nats; smaller is nearer.

    Swap the two for the divergence the other way. No n-gram reaches over the end of a text. Because of the floor, the
    divergence of a set from itself is 0 only within about `floor` times the number of its n-grams.

    Args:
        train: texts of the one side.
        target: of the other.
        n: words of an n-gram.
        floor: added to each frequency of the target.

    Raises:
        ValueError: a side holds no n-gram, `n` is below 1 or `floor` is not above 0.
    """
    running = _Running({"target": target}, n, floor)
    for text in train:
        running.add(text)
    if not running.total:
        raise ValueError(f"no training text has {n} words, so there is no n-gram to count")
    return float(running.values()[0])


def divergence_curves(
    train: Sequence[str],
    tasks: Mapping[str, Iterable[str]],
    *,
    order: Places | None = None,
    stride: int = STRIDE,
    n: int = 2,
    floor: float = FLOOR,
) -> DivergenceCurves:
    """`n_gram_divergence` of the first stride, 2 stride, … rows from each task; a step counts its new rows alone.

    Args:
        train: texts of the training rows.
        tasks: texts of each test task.
        order: places of training rows as the model sees them (`plan.order`); None for the order of `train`.
        stride: rows between two points.
        n: words of an n-gram.
        floor: added to each frequency of a task.

    Raises:
        ValueError: there is no task or no whole stride, a task holds no n-gram, or an argument is out of range.
    """
    if not tasks:
        raise ValueError("there is no test task to compare with")
    places = range(len(train)) if order is None else order.tolist()
    if not 1 <= stride <= len(places):
        raise ValueError(f"a stride must be from 1 to the {len(places)} rows: {stride}")
    running = _Running(tasks, n, floor)
    values = []
    for seen, place in enumerate(places, start=1):
        running.add(train[place])
        if seen % stride == 0:
            values.append(running.values())
    rows = np.arange(1, len(values) + 1, dtype=np.int64) * stride
    return DivergenceCurves(rows, tuple(tasks), np.stack(values))


class _Running:
    """Counts c of the n-grams added so far (C in all), and the sums over distinct n-grams that the divergences need.

    ``KL = (sum c ln c) / C - ln C - (sum c ln(q + floor)) / C``, so another n-gram changes two sums and nothing is summed again.
    """

    def __init__(self, tasks: Mapping[str, Iterable[str]], n: int, floor: float) -> None:
        if n < 1 or not floor > 0:
            raise ValueError(f"n must be at least 1 and floor above 0: {n=}, {floor=}")
        self.n, self.floor_logs = n, np.full(len(tasks), math.log(floor))
        self.logs: dict[Gram, Floats] = {}
        for place, (task, texts) in enumerate(tasks.items()):
            counts = Counter(gram for text in texts for gram in n_grams(text, n))
            if not counts:
                raise ValueError(f"no text of {task} has {n} words, so there is no n-gram to compare with")
            for gram, count in counts.items():
                self.logs.setdefault(gram, self.floor_logs.copy())[place] = math.log(
                    count / counts.total() + floor
                )
        self.counts: Counter[Gram] = Counter()
        self.total = 0
        self.own = 0.0
        self.crossed = np.zeros(len(tasks))
        """Sums of c (ln(q + floor) - ln floor), so that only what a task holds is added up."""

    def add(self, text: str) -> None:
        for gram in n_grams(text, self.n):
            before = self.counts[gram]
            self.counts[gram] = before + 1
            self.total += 1
            self.own += _weighed(before + 1) - _weighed(before)
            if gram in self.logs:
                self.crossed += self.logs[gram] - self.floor_logs

    def values(self) -> Floats:
        if not self.total:
            return np.full(len(self.crossed), np.nan)
        found: Floats = (
            self.own / self.total - math.log(self.total) - self.floor_logs - self.crossed / self.total
        )
        return found


def _weighed(count: int) -> float:
    """C ln c, 0 for none."""
    return count * math.log(count) if count else 0.0
