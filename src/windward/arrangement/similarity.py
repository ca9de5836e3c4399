"""How near the first i training rows are to each test task, as i grows.

Eight measures: {negative cosine, Euclidean distance} x {mean, minimum and maximum over the i x n block of distances, distance
of the two centroids}. Smaller is nearer in all of them. Each step adds its new rows to running sums and extremes, so a whole
curve costs one pass over the rows and holds no N x M matrix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from windward.arrangement.blocks import Floats, Matrix, Places, check_same_space, finite, spans, unit

Distance = Literal["cosine", "euclidean"]
Summary = Literal["mean", "min", "max", "centroid"]
DISTANCES: tuple[Distance, ...] = ("cosine", "euclidean")
SUMMARIES: tuple[Summary, ...] = ("mean", "min", "max", "centroid")

STRIDE = 160
"""Rows between two points: ten optimizer steps of 16 rows, as in the paper."""


@dataclass(frozen=True, eq=False)
class SimilarityCurves:
    """Distances of the first rows to each task.

    Attributes:
        rows: how many rows each point counts, int64 [S].
        tasks: names of the tasks.
        values: for each distance and summary, float64 [S, tasks].
    """

    rows: Places
    tasks: tuple[str, ...]
    values: Mapping[tuple[Distance, Summary], Floats]

    def of(self, task: str, distance: Distance, summary: Summary) -> Floats:
        """One curve, float64 [S].

        Raises:
            KeyError: there is no such task or measure.
        """
        if task not in self.tasks:
            raise KeyError(f"no task {task!r}; there are {', '.join(self.tasks)}")
        if (distance, summary) not in self.values:
            raise KeyError(f"no measure {distance!r}, {summary!r}: choose from {DISTANCES} and {SUMMARIES}")
        return self.values[distance, summary][:, self.tasks.index(task)]


def similarity_curves(
    train: Matrix, tasks: Mapping[str, Matrix], *, order: Places | None = None, stride: int = STRIDE
) -> SimilarityCurves:
    """The curves of all eight measures at stride, 2 stride, … rows; rows after the last whole stride are left out.

    Args:
        train: embeddings of the training rows, [N, d].
        tasks: of the rows of each test task, [n, d].
        order: places of training rows as the model sees them (`plan.order`), [k]; None for the order of the matrix.
        stride: rows between two points.

    Raises:
        ValueError: there is no task or no whole stride, shapes do not fit, or a row is zero or not finite.
    """
    if not tasks:
        raise ValueError("there is no test task to compare with")
    for task, vectors in tasks.items():
        try:
            check_same_space(train, vectors)
        except ValueError as wrong:
            raise ValueError(f"task {task}: {wrong}") from None
    seen = len(train) if order is None else len(order)
    if not 1 <= stride <= seen:
        raise ValueError(f"a stride must be from 1 to the {seen} rows: {stride}")
    marks = np.arange(stride, seen + 1, stride, dtype=np.int64)
    running = _Running(tasks)
    steps: dict[tuple[Distance, Summary], list[Floats]] = {
        (distance, summary): [] for distance in DISTANCES for summary in SUMMARIES
    }
    for mark in marks:
        for begin, end in spans(int(mark), running.width, int(mark) - stride):
            running.add(*_gathered(train, np.arange(begin, end) if order is None else order[begin:end]))
        for measure, value in running.values():
            steps[measure].append(value)
    return SimilarityCurves(
        marks, tuple(tasks), {measure: np.stack(found) for measure, found in steps.items()}
    )


def _gathered(train: Matrix, rows: Places) -> tuple[Floats, Floats]:
    """The training rows at these places and their directions; an error names the place of the row."""
    block = np.asarray(train[rows], dtype=np.float64)
    try:
        return block, unit(block, 0, "train row")
    except ValueError:
        for place, row in zip(rows.tolist(), block, strict=True):
            unit(row[None], place, "train row")
        raise


class _Running:
    """Sums and extremes of the distances of the rows added so far to the rows of each task."""

    def __init__(self, tasks: Mapping[str, Matrix]) -> None:
        sizes = np.array([len(vectors) for vectors in tasks.values()])
        self.sizes, self.starts = sizes, np.concatenate([[0], np.cumsum(sizes)[:-1]])
        parts = [finite(vectors, 0, f"row of task {task}") for task, vectors in tasks.items()]
        self.directions = np.concatenate(
            [unit(part, 0, f"row of task {task}") for task, part in zip(tasks, parts, strict=True)]
        )
        self.targets = np.concatenate(parts)
        self.squares = np.einsum("ij,ij->i", self.targets, self.targets)
        self.centres = np.stack([part.mean(axis=0) for part in parts])
        self.width = max(len(self.targets), self.targets.shape[1])
        self.count = 0
        self.sum = np.zeros(self.targets.shape[1])
        self.sums: dict[Distance, Floats] = {name: np.zeros(len(sizes)) for name in DISTANCES}
        self.least: dict[Distance, Floats] = {name: np.full(len(sizes), np.inf) for name in DISTANCES}
        self.most: dict[Distance, Floats] = {name: np.full(len(sizes), -np.inf) for name in DISTANCES}

    def add(self, rows: Floats, directions: Floats) -> None:
        squares = np.einsum("ij,ij->i", rows, rows)
        cosines = -directions @ self.directions.T
        euclidean = squares[:, None] + self.squares - 2 * (rows @ self.targets.T)
        np.sqrt(np.maximum(euclidean, 0, out=euclidean), out=euclidean)
        found: dict[Distance, Floats] = {"cosine": cosines, "euclidean": euclidean}
        for name, block in found.items():
            self.sums[name] += np.add.reduceat(block.sum(axis=0), self.starts)
            self.least[name] = np.minimum(
                self.least[name], np.minimum.reduceat(block.min(axis=0), self.starts)
            )
            self.most[name] = np.maximum(self.most[name], np.maximum.reduceat(block.max(axis=0), self.starts))
        self.sum += rows.sum(axis=0)
        self.count += len(rows)

    def values(self) -> Iterator[tuple[tuple[Distance, Summary], Floats]]:
        for name in DISTANCES:
            yield (name, "mean"), self.sums[name] / (self.count * self.sizes)
            yield (name, "min"), self.least[name]
            yield (name, "max"), self.most[name]
        centre = self.sum / self.count
        lengths = np.linalg.norm(self.centres, axis=1) * np.linalg.norm(centre)
        # A centroid at the origin has no direction: NaN says so, where 0 would look like a right angle.
        cosines = np.full(len(self.centres), np.nan)
        np.divide(-(self.centres @ centre), lengths, out=cosines, where=lengths > 0)
        yield ("cosine", "centroid"), cosines
        yield ("euclidean", "centroid"), np.linalg.norm(self.centres - centre, axis=1)
