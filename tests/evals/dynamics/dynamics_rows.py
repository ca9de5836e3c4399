"""Small rows of two tasks, and curves whose figures are planted."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from windward.evals.dynamics import Point, RunCurve, TestRow


def farm_rows(n: int) -> list[dict[str, Any]]:
    """Sums, the first half of them of the task `cows`, the others `apples`."""
    return [
        {
            "messages": [
                {"role": "user", "content": f"The farm has {i} cows and buys {i % 5}."},
                {"role": "assistant", "content": f"print({i} + {i % 5})"},
            ],
            "task": "cows" if i < n // 2 else "apples",
        }
        for i in range(n)
    ]


def asked_rows(n: int, task: str = "cows") -> tuple[TestRow, ...]:
    return tuple(
        TestRow(({"role": "user", "content": f"Tom has {i} apples and buys 4."},), f"print({i} + 4)", task)
        for i in range(n)
    )


def planted(
    losses: Sequence[ArrayLike],
    *,
    name: str = "near",
    arrangement: str | None = None,
    seed: int = 0,
    every: int = 10,
    learned: Mapping[str, int] | None = None,
) -> RunCurve:
    """A run whose tested rows have the losses given, a list a checkpoint; 8 rows a step."""
    points = []
    for number, row in enumerate(losses):
        values = np.asarray(row, dtype=float)
        points.append(Point(number * every, number * every * 8, {"loss": values}, {"loss": len(values)}))
    return RunCurve(name, arrangement or name, seed, "tiny", tuple(points), learned or {})
