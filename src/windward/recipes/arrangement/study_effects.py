"""What rows and what order did, apart: differences between runs of the same seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from scipy import stats

from windward.rows import Result, select

OUTCOMES = ("loss", "mean_loss")
"""The loss at the last step, and its mean over the run."""


def effects(results: Sequence[Result], orders: Sequence[str], seeds: Sequence[int]) -> list[Result]:
    """Paired differences over seeds: of two orders of the same rows, and of two sets of rows in the same order.

    A difference is that of two runs of one seed, so what the seed decides (targets that arrange, random rows) is the same in both.
    The interval is Student's t over the seeds; it says how far other seeds would move the difference, on these tested rows.

    Args:
        results: rows of the runs, as `dynamics_results` gives them; arrangements are called `near-rows.far-first`.
        orders: names of the orders.
        seeds: of the runs, at least two.
    """
    found = []
    for of in OUTCOMES:
        for kind, contrast, fixed, first, second in _contrasts(orders):
            pairs = [
                (_figure(results, of, first, seed), _figure(results, of, second, seed)) for seed in seeds
            ]
            differences = np.array([one - other for one, other in pairs])
            found.append(_effect(results, of, differences, _condition(kind, contrast, fixed, seeds)))
    return found


def _contrasts(orders: Sequence[str]) -> Iterator[tuple[str, tuple[str, str], str, str, str]]:
    """Kind, contrast, what is held fixed, and the two arrangements."""
    for rows in ("near", "random"):
        for one, other in combinations(orders, 2):
            yield "order", (one, other), rows, f"{rows}-rows.{one}", f"{rows}-rows.{other}"
    for order in orders:
        yield "rows", ("near", "random"), order, f"near-rows.{order}", f"random-rows.{order}"


def _figure(results: Sequence[Result], of: str, arrangement: str, seed: int) -> float:
    rows = select(results, metric=of, dataset="all", condition={"arrangement": arrangement, "seed": seed})
    return max(rows, key=lambda row: row.condition.get("step", 0)).value


def _condition(kind: str, contrast: tuple[str, str], fixed: str, seeds: Sequence[int]) -> dict[str, Any]:
    return {"kind": kind, "contrast": list(contrast), "fixed": fixed, "seeds": list(seeds)}


def _effect(results: Sequence[Result], of: str, differences: Any, condition: dict[str, Any]) -> Result:
    count, mean = len(differences), float(differences.mean())
    error = float(differences.std(ddof=1) / np.sqrt(count))
    half = float(stats.t.ppf(0.975, count - 1)) * error
    p = float(2 * stats.t.sf(abs(mean) / error, count - 1)) if error else float(mean == 0)
    told = {"of": of, "low": mean - half, "high": mean + half, "p": p}
    one = results[0]
    return Result(one.system, one.model, "all", one.split, "effect", mean, count, condition | told, error)
