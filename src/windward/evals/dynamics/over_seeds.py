"""Runs that differ in nothing but the seed, taken together: mean and t interval over them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from math import isnan, sqrt
from statistics import fmean, stdev
from typing import Any

from windward.evals.dynamics.curves import DynamicsError, RunCurve
from windward.rows import Result

_OF_A_RUN = ("seed", "run", "low", "high")


def over_seeds(results: Sequence[Result], runs: Sequence[RunCurve]) -> list[Result]:
    """Each figure that all runs of an arrangement have, as the mean of theirs with a 95 % t interval over runs.

    Where it is NaN for one of the runs, it is for them all: leaving out runs that failed would flatter the rest.

    Args:
        results: of single runs.
        runs: the runs; an arrangement with one alone gives nothing.

    Raises:
        DynamicsError: runs of one arrangement started from different checkpoints, or saw different numbers of rows.
    """
    together: dict[str, list[RunCurve]] = {}
    for run in runs:
        together.setdefault(run.arrangement, []).append(run)
    for arrangement, some in together.items():
        _check(arrangement, some)
    groups: dict[tuple[str, str, str], dict[int, Result]] = {}
    for result in results:
        same = {name: value for name, value in result.condition.items() if name not in _OF_A_RUN}
        if result.metric in ("first_step", "forgetting"):
            same = {name: value for name, value in same.items() if name not in ("rows_seen", "learned")}
        key = result.dataset, result.metric, json.dumps(same, sort_keys=True)
        groups.setdefault(key, {})[result.condition["seed"]] = result
    made = []
    for (_, _, told), found in groups.items():
        same = json.loads(told)
        if len(found) > 1 and len(found) == len(together[same["arrangement"]]):
            made.append(_together([found[seed] for seed in sorted(found)], same))
    return made


def _together(found: Sequence[Result], same: dict[str, Any]) -> Result:
    from scipy.special import stdtrit

    values = [result.value for result in found]
    told = same | {"over": "seeds", "seeds": [result.condition["seed"] for result in found]}
    mean, error = float("nan"), None
    if not any(map(isnan, values)):
        mean, error = fmean(values), stdev(values) / sqrt(len(values))
        half = float(stdtrit(len(values) - 1, 0.975)) * error
        told |= {"low": mean - half, "high": mean + half}
    if len(learned := {result.condition.get("learned") for result in found}) == 1 and None not in learned:
        told["learned"] = learned.pop()
    return replace(
        found[0],
        value=mean,
        stderr=error,
        condition=told,
        n=sum(result.n for result in found),
        unparsed=sum(result.unparsed for result in found),
    )


def _check(arrangement: str, runs: Sequence[RunCurve]) -> None:
    if len({run.model for run in runs}) > 1:
        raise DynamicsError(
            f"the runs of {arrangement} started from different checkpoints ({', '.join(sorted({run.model for run in runs}))}): "
            "give them different names"
        )
    rows: dict[int, tuple[str, int]] = {}
    for run in runs:
        for point in run.points:
            other, seen = rows.setdefault(point.step, (run.name, point.rows_seen))
            if seen != point.rows_seen:
                raise DynamicsError(
                    f"at step {point.step}, {other} had seen {seen:,} rows and {run.name} {point.rows_seen:,}: runs of one name "
                    "differ in nothing but the seed"
                )
