"""How good an answer is for a user who asked for a condition (CPO §3.2).

R(y; c) = Σ_i ω_i g_i, with g_i = −λ_i |P_i − c_i| for objectives that the condition names and g_i = P_i for the rest; P_i is the
answer's rating. A rating that is missing is no rating of 0: its objective leaves the sum, of both answers where two are compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Set

from windward.training.controllable.conditions import Condition

Ratings = Mapping[str, float | None]
"""An answer's ratings by objective; None where there is none."""


def controlled_reward(
    ratings: Ratings,
    condition: Condition,
    *,
    weights: Mapping[str, float] | None = None,
    strengths: Mapping[str, float] | None = None,
    over: Set[str] | None = None,
) -> float | None:
    """R(y; c).

    Args:
        ratings: P, of one answer.
        condition: c.
        weights: ω, 1 where not given; not negative.
        strengths: λ, 1 where not given; positive.
        over: objectives that count; None is all of the condition's scales.

    Returns:
        None where a controlled objective has no rating: whether such an answer is what was asked for is unknown.

    Raises:
        ValueError: a weight is negative, or a strength is not positive.
    """
    weights, strengths = weights or {}, strengths or {}
    total = 0.0
    for name in condition.scales:
        if over is not None and name not in over:
            continue
        weight, strength = weights.get(name, 1.0), strengths.get(name, 1.0)
        if weight < 0 or strength <= 0:
            raise ValueError(
                f"{name}: a weight of {weight} or a strength of {strength} would turn a request around"
            )
        rating = ratings.get(name)
        if name not in condition:
            total += 0.0 if rating is None else weight * rating
        elif rating is None:
            return None
        else:
            total -= weight * strength * abs(rating - condition[name])
    return total


def advantage(
    first: Ratings,
    second: Ratings,
    condition: Condition,
    *,
    weights: Mapping[str, float] | None = None,
    strengths: Mapping[str, float] | None = None,
) -> float | None:
    """R(first; c) − R(second; c), over the objectives that both are rated in.

    Returns:
        None where one of the two lacks the rating of a controlled objective, or they share none: no preference is known.
    """
    both = {name for name in condition.scales if first.get(name) is not None and second.get(name) is not None}
    if not both or not both.issuperset(condition):
        return None
    better, worse = (
        controlled_reward(ratings, condition, weights=weights, strengths=strengths, over=both)
        for ratings in (first, second)
    )
    assert better is not None and worse is not None
    return better - worse


def released_reward(ratings: Ratings, condition: Condition) -> float:
    """What the code released with the paper computes, kept to show what it does; train nothing with it.

    For honesty it takes −|P| − c instead of −|P − c|, which orders answers by least honesty whatever is asked for; and an exact match
    in helpfulness, a term of 0, falls through `a and b or c` to the raw rating.

    Raises:
        ValueError: a rating is missing.
    """
    total = 0.0
    for name in ("helpfulness", "honesty"):
        rating = ratings.get(name)
        if rating is None:
            raise ValueError(f"the released formula needs a rating of {name}")
        if name not in condition:
            total += rating
        elif name == "honesty":
            total += -abs(rating) - condition[name]
        else:
            total += -abs(rating - condition[name]) or rating
    return total
