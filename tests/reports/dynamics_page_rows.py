"""Made-up result rows of trained runs, as the page of dynamics draws from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan, nan, sqrt
from typing import Any

from windward.rows import Result

T95 = {2: 12.706, 3: 4.303}


def row(
    metric: str,
    value: float,
    dataset: str = "all",
    stderr: float | None = None,
    n: int = 40,
    lost: int = 0,
    **told: object,
) -> Result:
    return Result("dynamics", "tiny", dataset, "test", metric, value, n, dict(told), stderr, lost)  # fmt: skip


def run_rows(
    arrangement: str, losses: Mapping[int, float], seed: int = 0, dataset: str = "all", metric: str = "loss"
) -> list[Result]:
    """The checkpoints of one run; NaN is one at which nothing could be measured."""
    told: dict[str, Any] = {"arrangement": arrangement, "seed": seed, "run": f"{arrangement}-{seed}"}
    return [
        row(metric, loss, dataset, 0.02, lost=40 if isnan(loss) else 0, step=step, rows_seen=8 * step, **told)
        for step, loss in losses.items()
    ]


def over_seeds(runs: Sequence[Result]) -> list[Result]:
    """The means of an arrangement's runs, step by step."""
    found = []
    for step in sorted({one.condition["step"] for one in runs}):
        some = [one for one in runs if one.condition["step"] == step]
        values = [one.value for one in some]
        told = {key: value for key, value in some[0].condition.items() if key not in ("seed", "run")}
        low, high = spread(values)
        told |= {"over": "seeds", "seeds": [one.condition["seed"] for one in some], "low": low, "high": high}
        found.append(row(some[0].metric, sum(values) / len(values), some[0].dataset, **told))
    return found


def spread(values: Sequence[float]) -> tuple[float, float]:
    """The 95 % t interval of a mean of two or three."""
    mean = sum(values) / len(values)
    if isnan(mean):
        return nan, nan
    error = sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values))
    return mean - T95[len(values)] * error, mean + T95[len(values)] * error


def effect(
    kind: str,
    contrast: Sequence[str],
    fixed: str,
    span: tuple[float, float],
    of: str = "loss",
    dataset: str = "all",
) -> Result:
    return row("effect", sum(span) / 2, dataset, n=3, of=of, kind=kind, contrast=list(contrast), fixed=fixed,
               seeds=[0, 1, 2], low=span[0], high=span[1], p=0.2)  # fmt: skip


def forgetting(arrangement: str, task: str, span: tuple[float, float], learned: int = 20) -> Result:
    return row("forgetting", sum(span) / 2, task, of="loss", arrangement=arrangement, seed=0, run=f"{arrangement}-0",
               learned=learned, low=span[0], high=span[1])  # fmt: skip
