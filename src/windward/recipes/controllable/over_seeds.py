"""A study's figures over its seeds: means, and what one method is ahead of another by, seed against the same seed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import sqrt
from statistics import fmean, stdev
from typing import Any

from windward.evals.control.front import pareto_front
from windward.rows import Result

SUMMED = (
    "absolute_error",
    "rated_error",
    "realised_mean",
    "mean_level",
    "monotonicity",
    "hypervolume",
    "alignment_tax",
    "unrated_rate",
)
COMPARED = ("absolute_error", "rated_error", "hypervolume")
MAIN = "cdpo"


def over_seeds(results: Sequence[Result]) -> list[Result]:
    """Means over seeds, and CDPO's difference to each other method.

    A mean has `seeds` (and `n`: how many), the standard error over seeds, and `low` and `high`, its 95 % interval by Student's t; with one
    seed it has none. A `…_difference` is CDPO's figure less the other's (`against`), of the same seed, with the number of seeds in which it
    is below zero (`below`) and above (`above`). A mean `mean_level` says whether its point is on its method's Pareto front (`front`).
    """
    groups: defaultdict[tuple[str, str], dict[int, Result]] = defaultdict(dict)
    for one in results:
        if one.metric in SUMMED and "seed" in one.condition:
            told = {name: value for name, value in one.condition.items() if name != "seed"}
            groups[one.metric, json.dumps(told, sort_keys=True)][one.condition["seed"]] = one
    means = [_mean([found[seed] for seed in sorted(found)]) for found in groups.values()]
    return [*_with_front(means), *_differences(groups)]


def _with_front(means: Sequence[Result]) -> list[Result]:
    points: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for one in means:
        if one.metric == "mean_level":
            points[one.condition["method"], one.condition["condition"]].append(one.value)
    fronts = {
        method: set(pareto_front([tuple(point) for (own, _), point in points.items() if own == method]))
        for method, _ in points
    }
    return [
        replace(one, condition=one.condition | {"front": tuple(point) in fronts[one.condition["method"]]})
        if (point := points.get((one.condition["method"], one.condition.get("condition", ""))))
        and one.metric == "mean_level"
        else one
        for one in means
    ]


def _mean(found: Sequence[Result]) -> Result:
    told = {name: value for name, value in found[0].condition.items() if name != "seed"}
    unparsed = sum(one.unparsed for one in found)
    answers = sum(one.n for one in found)
    return _summed(found[0], [one.value for one in found], told | {"answers": answers}, unparsed)


def _differences(groups: Mapping[tuple[str, str], Mapping[int, Result]]) -> list[Result]:
    made = []
    for (metric, key), found in groups.items():
        told = json.loads(key)
        if metric not in COMPARED or told["method"] == MAIN or "requested" in told:
            continue
        same = {name: value for name, value in told.items() if name != "method"}
        own = groups.get((metric, json.dumps(same | {"method": MAIN}, sort_keys=True)))
        if own is None:
            continue
        changes = [own[seed].value - found[seed].value for seed in sorted(found.keys() & own.keys())]
        counts = {"below": sum(one < 0 for one in changes), "above": sum(one > 0 for one in changes)}
        about = same | {"method": MAIN, "against": told["method"]} | counts
        first = replace(own[min(own)], metric=f"{metric}_difference")
        made.append(_summed(first, changes, about, 0))
    return made


def _summed(like: Result, values: Sequence[float], told: Mapping[str, Any], unparsed: int) -> Result:
    from scipy.special import stdtrit

    about: dict[str, Any] = dict(told) | {"seeds": len(values)}
    stderr = None
    if len(values) > 1:
        stderr = stdev(values) / sqrt(len(values))
        half = float(stdtrit(len(values) - 1, 0.975)) * stderr
        about |= {"low": fmean(values) - half, "high": fmean(values) + half}
    return replace(
        like, value=fmean(values), n=len(values), condition=about, stderr=stderr, unparsed=unparsed
    )
