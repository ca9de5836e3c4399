"""Which rows against what order: the same rows in different orders, and different rows in the same order.

Runs on the nearest, the farthest and random rows differ in what is learned from and in its order at once. Here each set of rows
meets each order, so that an effect of the order is one of the order alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from windward.arrangement.blocks import Places
from windward.arrangement.orders import Order, restricted
from windward.arrangement.plan import Plan


@dataclass(frozen=True, eq=False)
class Cell:
    """One run to make.

    Attributes:
        rows: which rows, `near` or `random`.
        order: name of their order.
        seed: of what is drawn, and of the training.
        plan: the rows in that order.
    """

    rows: str
    order: str
    seed: int
    plan: Plan

    @property
    def name(self) -> str:
        """Of the run: `near-rows.far-first.seed0`."""
        return f"{self.rows}-rows.{self.order}.seed{self.seed}"


def factorial(
    near_rows: ArrayLike,
    random_rows: ArrayLike,
    orders: Mapping[str, Order],
    seeds: Sequence[int] = (0, 1, 2),
) -> list[Cell]:
    """Both sets of rows in each order with each seed.

    Args:
        near_rows: places of rows near the target set, [k].
        random_rows: places of random rows, [k] for all seeds or [seeds, k] (`drawn_rows`).
        orders: by name, each an order of all rows for a seed (`score_orders`, or ``lambda seed: plan``); a set of rows is seen
            in the order of that plan.
        seeds: each gives a run of its own.

    Returns:
        2 x orders x seeds cells, by rows, then order, then seed.

    Raises:
        ValueError: the two sets differ in size or hold the same rows, a plan lacks one of their rows, there is no order, or
            seeds are none or repeat.
    """
    if not orders or not seeds or len(set(seeds)) != len(seeds):
        raise ValueError(f"give at least one order and different seeds: {list(orders)}, {list(seeds)}")
    near, random = np.asarray(near_rows), np.asarray(random_rows)
    if near.ndim != 1 or random.shape not in {near.shape, (len(seeds), len(near))}:
        raise ValueError(
            f"near_rows {near.shape} and random_rows {random.shape} must be as many rows: [k], and [k] or [{len(seeds)}, k]"
        )
    drawn = np.broadcast_to(random, (len(seeds), len(near)))
    for seed, rows in zip(seeds, drawn, strict=True):
        if np.array_equal(np.sort(rows), np.sort(near)):
            raise ValueError(
                f"near_rows and random_rows of seed {seed} are the same rows: nothing is compared"
            )
    by_rows = {"near": [near] * len(seeds), "random": list(drawn)}
    plans = {order: [made(seed) for seed in seeds] for order, made in orders.items()}
    return [
        Cell(name, order, seed, restricted(plan, rows))
        for name, sets in by_rows.items()
        for order, of_seed in plans.items()
        for seed, plan, rows in zip(seeds, of_seed, sets, strict=True)
    ]


def drawn_rows(rows: int, count: int, seeds: Sequence[int] = (0, 1, 2)) -> Places:
    """Random rows for each seed, int64 [seeds, count], each once, in rising order.

    Raises:
        ValueError: there are fewer rows than are drawn.
    """
    if not 1 <= count <= rows:
        raise ValueError(f"draw from 1 to all {rows} rows: {count}")
    # A stream of its own: the same seed also shuffles.
    drawn = [np.random.default_rng([seed, 1]).choice(rows, size=count, replace=False) for seed in seeds]
    return np.sort(np.array(drawn, dtype=np.int64).reshape(len(seeds), count), axis=1)
