"""A study's figures: of each method and seed, and over seeds."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from windward.evals.control.front import Point, alignment_tax, hypervolume
from windward.evals.control.levels import SYSTEM, level_results
from windward.recipes.controllable.asked import Told, realised
from windward.recipes.controllable.methods import methods
from windward.recipes.controllable.worlds import World
from windward.rows import Result, select
from windward.training.controllable import Condition

ALONE, FEASIBLE, INFEASIBLE = "one level", "feasible pair", "infeasible pair"


def seed_results(answers: Mapping[str, Sequence[Told]], world: World, seed: int) -> list[Result]:
    """The figures of one seed, `condition` saying `method` and `seed`.

    `absolute_error`, `realised_mean`, `confusion`, `monotonicity` (see `level_results`) for requests of one level, of pairs that one answer can
    have and of those that none can (`asked`); `rated_error`, the mean over rated answers alone; `unrated_rate` of all answers; `mean_level` of
    each objective under each condition (`condition`), where an answer without a rating counts as the lowest level; `hypervolume` of these
    points above the lowest levels, fixed beforehand; `alignment_tax`.

    Args:
        answers: by method.
        world: objectives.
        seed: of the policies.
    """
    results: list[Result] = []
    known = methods(world)
    for name, told in answers.items():
        results += _levels(told, world, name, seed)
        results += _points(told, world, name, seed, conditioned=known[name].conditioned)
    for name, method in known.items():
        if method.conditioned and name in answers:
            results += _tax(results, world, name, seed, len(answers[name]))
    return results


def _row(
    world: World,
    name: str,
    metric: str,
    value: float,
    n: int,
    told: Mapping[str, Any],
    stderr: float | None = None,
    unparsed: int = 0,
) -> Result:
    return Result(
        SYSTEM, name, world.name, "held-out", metric, value, n, {"method": name, **told}, stderr, unparsed
    )


def kind_of(requested: Mapping[str, float], world: World) -> str | None:
    """Whether one level was asked for, or a pair, and whether an answer can have it; None where nothing was."""
    if len(requested) < 2:
        return ALONE if requested else None
    return FEASIBLE if world.feasible(Condition(world.scales, **requested)) else INFEASIBLE


def _levels(told: Sequence[Told], world: World, name: str, seed: int) -> Iterable[Result]:
    by_kind: defaultdict[str, list[Told]] = defaultdict(list)
    for one in told:
        if kind := kind_of(one.requested, world):
            by_kind[kind].append(one)
    for kind, some in by_kind.items():
        pairs = realised(some)
        yield from level_results(
            pairs,
            world.scales,
            model=name,
            dataset=world.name,
            split="held-out",
            method=name,
            seed=seed,
            asked=kind,
        )
        for objective in world.scales:
            errors = [
                abs(one.rating - one.requested)
                for one in pairs
                if one.objective == objective and one.rating is not None
            ]
            if errors:
                where = {"seed": seed, "asked": kind, "objective": objective}
                yield _row(world, name, "rated_error", fmean(errors), len(errors), where)
    unrated = sum(None in one.ratings.values() for one in told)
    yield _row(world, name, "unrated_rate", unrated / len(told), len(told), {"seed": seed}, unparsed=unrated)


def _points(told: Sequence[Told], world: World, name: str, seed: int, *, conditioned: bool) -> list[Result]:
    """A method without conditions has one point, of all that it answered."""
    groups: defaultdict[str, list[Told]] = defaultdict(list)
    for one in told:
        groups[json.dumps(one.requested) if conditioned else "{}"].append(one)
    points = {asked: _mean_point(some, world) for asked, some in groups.items()}
    lowest = tuple(scale.low for scale in world.scales.values())
    rows = [
        _row(
            world,
            name,
            "mean_level",
            level,
            len(groups[asked]),
            {"seed": seed, "objective": objective, "condition": asked},
            unparsed=sum(one.ratings[objective] is None for one in groups[asked]),
        )
        for asked, point in points.items()
        for objective, level in zip(world.scales, point, strict=True)
    ]
    volume = hypervolume(list(points.values()), lowest)
    about = {"seed": seed, "reference": list(lowest), "of_single_answers": world.best}
    unrated = sum(None in one.ratings.values() for one in told)
    return [*rows, _row(world, name, "hypervolume", volume, len(told), about, unparsed=unrated)]


def _mean_point(told: Sequence[Told], world: World) -> Point:
    """An answer without a rating counts as the lowest level: it adds nothing to the volume."""
    return tuple(
        fmean(scale.low if (rating := one.ratings[name]) is None else rating for one in told)
        for name, scale in world.scales.items()
    )


def _tax(results: Sequence[Result], world: World, name: str, seed: int, answers: int) -> list[Result]:
    """What asking for the top of an objective gives less than the policy that was trained for it alone."""

    def level(method: str, objective: str, asked: str) -> float | None:
        where = {"method": method, "objective": objective, "condition": asked, "seed": seed}
        return next((one.value for one in select(results, metric="mean_level", condition=where)), None)

    own, single = {}, {}
    for objective, scale in world.scales.items():
        top = level(name, objective, json.dumps({objective: float(scale.high)}))
        alone = level(f"dpo-{objective}", objective, "{}")
        if top is not None and alone is not None:
            own[objective], single[objective] = top, alone
    if not own:
        return []
    return [
        _row(world, name, "alignment_tax", value, answers, {"seed": seed, "objective": objective})
        for objective, value in alignment_tax(own, single).items()
    ]
