"""Requested against realised: for every level of every objective, not only for the top (CPO §4 measures the top alone)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev
from typing import Any

from windward.rows import Result
from windward.training.controllable import Scale

SYSTEM = "control"


@dataclass(frozen=True)
class Realised:
    """An answer to a prompt that asked for a level.

    Attributes:
        prompt_id: of the prompt; figures are means over prompts.
        objective: that the level is of.
        requested: the level.
        rating: what the answer was rated; None where it could not be.
    """

    prompt_id: str
    objective: str
    requested: float
    rating: float | None


def level_results(
    answers: Iterable[Realised],
    scales: Mapping[str, Scale],
    *,
    model: str,
    dataset: str,
    split: str = "test",
    **condition: Any,
) -> list[Result]:
    """How near the ratings are to what was asked for.

    For each objective and requested level: `absolute_error` and `realised_mean`; `confusion` gives the share of answers whose
    nearest level is each one. For each objective: `absolute_error` over all requests, the mean over requested levels so that each counts the same,
    and `monotonicity`: the rank correlation (Kendall's τ_b) of requested and realised levels, a mean over prompts. An answer without a rating
    has the largest error that its request allows; it is missing from `realised_mean`, has a column of its own in `confusion`, and makes no pair in τ.

    Args:
        answers: of one model.
        scales: of the objectives.
        model: its name.
        dataset: where the prompts come from.
        split: likewise.
        condition: what else the figures are of (`method`, `seed`, `judge`…).
    """
    by_objective: defaultdict[str, list[Realised]] = defaultdict(list)
    for answer in answers:
        by_objective[answer.objective].append(answer)
    results = []

    def row(metric: str, values: Sequence[float], n: int, unparsed: int, told: Mapping[str, Any]) -> None:
        stderr = stdev(values) / sqrt(len(values)) if len(values) > 1 else None
        results.append(
            Result(SYSTEM, model, dataset, split, metric, fmean(values), n, dict(told), stderr, unparsed)
        )

    for objective, found in by_objective.items():
        scale, whole = scales[objective], condition | {"objective": objective}
        levels = sorted({answer.requested for answer in found})
        missing = sum(answer.rating is None for answer in found)
        of_level = {level: [answer for answer in found if answer.requested == level] for level in levels}
        for level, some in of_level.items():
            told = whole | {"requested": level}
            unparsed = sum(answer.rating is None for answer in some)
            row("absolute_error", [_error(answer, scale) for answer in some], len(some), unparsed, told)
            ratings = [answer.rating for answer in some if answer.rating is not None]
            if ratings:
                row("realised_mean", ratings, len(some), unparsed, told)
            nearest = [None if one.rating is None else scale.nearest(one.rating) for one in some]
            for realised in (*scale.levels, None):
                share = [float(one == realised) for one in nearest]
                row("confusion", share, len(some), unparsed, told | {"realised": realised})
        by_prompt: defaultdict[str, list[Realised]] = defaultdict(list)
        for answer in found:
            by_prompt[answer.prompt_id].append(answer)
        row("absolute_error", _balanced(by_prompt.values(), scale), len(found), missing, whole)
        orders = [order for some in by_prompt.values() if (order := tau_b(_rated(some))) is not None]
        if orders:
            row("monotonicity", orders, len(by_prompt), len(by_prompt) - len(orders), whole)
    return results


def tau_b(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Kendall's τ_b of (requested, realised); where all that was realised is the same it is 0: nothing was controlled.

    Returns:
        None where fewer than two levels were requested.
    """
    ahead = apart = of_requested = of_realised = 0
    for number, (asked, came) in enumerate(pairs):
        for other_asked, other_came in pairs[:number]:
            first, second = asked - other_asked, came - other_came
            of_requested += first != 0
            of_realised += second != 0
            ahead += first * second > 0
            apart += first * second < 0
    if not of_requested:
        return None
    return (ahead - apart) / sqrt(of_requested * of_realised) if of_realised else 0.0


def _rated(answers: Iterable[Realised]) -> list[tuple[float, float]]:
    return [(answer.requested, answer.rating) for answer in answers if answer.rating is not None]


def _error(answer: Realised, scale: Scale) -> float:
    if answer.rating is None:
        return max(answer.requested - scale.low, scale.high - answer.requested)
    return abs(answer.rating - answer.requested)


def _balanced(prompts: Iterable[Sequence[Realised]], scale: Scale) -> list[float]:
    """Of each prompt, the mean error over requested levels."""
    means = []
    for some in prompts:
        errors: defaultdict[float, list[float]] = defaultdict(list)
        for answer in some:
            errors[answer.requested].append(_error(answer, scale))
        means.append(fmean(map(fmean, errors.values())))
    return means
