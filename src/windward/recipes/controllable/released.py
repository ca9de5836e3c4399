"""CDPO's pairs as the released code orders them: the same prompts, answers and conditions, and its formula in place of R."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

from windward.training.controllable import (
    SCALES,
    Answer,
    Condition,
    RatedPrompt,
    Scale,
    advantage,
    released_reward,
)

ROLES = ("helpfulness", "honesty")
"""What the first and the second objective of a world are to the released formula."""


def released_pairs(
    prompts: Iterable[RatedPrompt], pairs: Sequence[Mapping[str, Any]], scales: Mapping[str, Scale]
) -> list[dict[str, Any]]:
    """All pairs of each prompt's answers under the conditions of `pairs`, ordered by `released_reward`.

    Pairs without a condition, where the formula is R, stay as they are.

    Args:
        prompts: rated answers.
        pairs: of `cdpo_pairs`, from these prompts.
        scales: two objectives, with the levels of helpfulness and honesty.

    Returns:
        Rows for `train_preference`; ties of the released formula are dropped, as are answers that lack a rating.
    """
    roles = dict(zip(scales, ROLES, strict=True))
    answers = {prompt.id: prompt.answers for prompt in prompts}
    first_of: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in pairs:
        first_of.setdefault((row["prompt_id"], row["condition"]), row)
    made = []
    for (name, told), row in first_of.items():
        condition = Condition(SCALES, **{roles[one]: level for one, level in json.loads(told).items()})
        for one, other in combinations(answers[name], 2):
            if one.text == other.text:
                continue
            ahead = _ahead(one, other, condition, roles)
            if ahead:
                chosen, rejected = (one, other) if ahead > 0 else (other, one)
                made.append(
                    dict(row)
                    | {
                        "chosen": [{"role": "assistant", "content": chosen.text}],
                        "rejected": [{"role": "assistant", "content": rejected.text}],
                        "margin": abs(ahead),
                        "chosen_model": chosen.model,
                        "rejected_model": rejected.model,
                    }
                )
    return made


def _ahead(one: Answer, other: Answer, condition: Condition, roles: Mapping[str, str]) -> float | None:
    first, second = ({role: each.ratings.get(name) for name, role in roles.items()} for each in (one, other))
    if advantage(first, second, condition) is None or None in (*first.values(), *second.values()):
        return None
    return released_reward(first, condition) - released_reward(second, condition)
