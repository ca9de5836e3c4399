"""Orders to compare with: random, round-robin and cluster over tasks, near-first and far-first of a score, by task or by row.

Each gives a `Plan` that holds all its rows once. A turn is a group: a cycle of round-robin, a task of `clustered` and `coarse`;
an order without groups is one turn. Sorting rows by a score is what the paper calls fine granularity, sorting tasks coarse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from windward.arrangement.blocks import Floats, Matrix, Places
from windward.arrangement.plan import Plan

Order = Callable[[int], Plan]
"""An order of all rows for a seed; one that draws nothing gives the same for every seed."""


def shuffled(rows: int, seed: int) -> Plan:
    """All rows in a random order."""
    return _one_turn(np.random.default_rng(seed).permutation(rows))


def by_score(scores: ArrayLike, *, far: bool = False) -> Plan:
    """Rows sorted by a score of which smaller is nearer: nearest first, or farthest first; ties by place in both.

    Raises:
        ValueError: the scores are not one number a row.
    """
    values = _scores(scores)
    return _one_turn(np.argsort(-values if far else values, kind="stable"))


def score_orders(scores: ArrayLike) -> dict[str, Order]:
    """The three orders of a score, for `factorial`: `near-first`, `far-first` and `shuffled`."""
    near, far = by_score(scores), by_score(scores, far=True)
    return {
        "near-first": lambda _: near,
        "far-first": lambda _: far,
        "shuffled": lambda seed: shuffled(len(near), seed),
    }


def round_robin(tasks: Sequence[str]) -> Plan:
    """One row of each task in turn, until all tasks are empty: turn t holds the t-th row of each task that has one.

    Args:
        tasks: the task of each row; tasks come in the order in which they first appear.
    """
    of_row, _ = _numbered(tasks)
    return _grouped(_within(of_row), of_row)


def clustered(tasks: Sequence[str], *, seed: int | None = None) -> Plan:
    """Task after task, each with all its rows in their order.

    Args:
        tasks: the task of each row.
        seed: of the order of the tasks; None for the order in which they first appear.
    """
    of_row, names = _numbered(tasks)
    if seed is not None:
        of_row = np.random.default_rng(seed).permutation(len(names))[of_row]
    return _grouped(of_row, _within(of_row))


def coarse(
    train: Matrix,
    tasks: Sequence[str],
    score: Callable[[Floats], Floats],
    *,
    far: bool = False,
) -> Plan:
    """Tasks sorted by the score of their mean embedding; the rows of a task stay together, in their order.

    Args:
        train: embeddings of the rows, [N, d].
        tasks: the task of each row, N names.
        score: of the tasks' mean embeddings [T, d], one number each, smaller is nearer; for example
            ``lambda means: weighted_similarity(means, target).scores``.
        far: the farthest task first.

    Raises:
        ValueError: there is not one task a row, or not one finite score a task.
    """
    of_row, names = _numbered(tasks)
    if len(train) != len(tasks):
        raise ValueError(f"{len(tasks)} tasks for {len(train)} rows: name the task of each row")
    sums = np.zeros((len(names), train.shape[1]))
    np.add.at(sums, of_row, train)
    scores = _scores(score(sums / np.bincount(of_row)[:, None]))
    if len(scores) != len(names):
        raise ValueError(f"{len(scores)} scores for {len(names)} tasks: give one a task")
    rank = np.empty(len(names), dtype=np.int64)
    rank[by_score(scores, far=far).order] = np.arange(len(names))
    return _grouped(rank[of_row], _within(of_row))


def restricted(plan: Plan, rows: ArrayLike) -> Plan:
    """Some of a plan's rows in the order of the plan; turns that are left empty are dropped.

    Raises:
        ValueError: the plan does not hold one of the rows, or a row is named twice.
    """
    chosen = np.asarray(rows)
    if len(np.unique(chosen)) != len(chosen):
        raise ValueError("a row is named twice")
    kept = np.isin(plan.order, chosen)
    if kept.sum() != len(chosen):
        missing = chosen[~np.isin(chosen, plan.order)]
        raise ValueError(
            f"the plan does not hold row {missing[0]} and {len(missing) - 1} others of the {len(chosen)}"
        )
    return Plan(plan.order[kept], _dense(plan.turn[kept]))


def groups_of(tasks: Sequence[str]) -> Mapping[str, Places]:
    """The places of the rows of each task, in the order in which the tasks first appear."""
    of_row, names = _numbered(tasks)
    return {name: np.flatnonzero(of_row == number) for number, name in enumerate(names)}


def _scores(scores: ArrayLike) -> Floats:
    values: Floats = np.asarray(scores, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"scores must be one number a row: their shape is {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError(
            f"row {int(np.flatnonzero(~np.isfinite(values))[0])} has no finite score, so it has no place"
        )
    return values


def _numbered(tasks: Sequence[str]) -> tuple[Places, list[str]]:
    """The number of each row's task, and the tasks, numbered as they first appear."""
    numbers: dict[str, int] = {}
    of_row = np.array([numbers.setdefault(task, len(numbers)) for task in tasks], dtype=np.int64)
    return of_row, list(numbers)


def _within(of_row: Places) -> Places:
    """How many rows of its own task stand before each row."""
    order = np.argsort(of_row, kind="stable")
    sizes = np.bincount(of_row) if len(of_row) else np.zeros(0, dtype=np.int64)
    before = np.empty(len(of_row), dtype=np.int64)
    before[order] = np.arange(len(of_row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return before


def _grouped(group: Places, inner: Places) -> Plan:
    """Rows sorted by group and within it by `inner`; a group is a turn."""
    order = np.lexsort((inner, group))
    return Plan(order.astype(np.int64), _dense(group[order]))


def _dense(sorted_groups: NDArray[np.signedinteger[Any]]) -> NDArray[np.int32]:
    """Sorted group numbers without gaps, from 0."""
    turns: NDArray[np.int32] = np.unique(sorted_groups, return_inverse=True)[1].astype(np.int32)
    return turns


def _one_turn(order: NDArray[np.signedinteger[Any]]) -> Plan:
    return Plan(order.astype(np.int64), np.zeros(len(order), dtype=np.int32))
