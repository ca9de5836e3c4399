"""Rewards by name: what a policy is trained for where no reward model is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from windward.recipes.verifiers import verifier_reward
from windward.training.ppo.scoring import Score, Scorer

REVISION = 1
"""Raised where a verifier's rewards change, so that runs before and after are not taken for the same."""


def verifier(name: str) -> Scorer:
    """A program that checks answers.

    Args:
        name: `instructions` for rows with `checks` (see `windward.recipes.verifiers`; the reward is the share that is met),
            `math` for rows with `answer` (1 where the final answer is that, else 0).

    Raises:
        ValueError: there is no such verifier.
    """
    if name not in VERIFIERS:
        raise ValueError(f"there is no verifier {name!r}; there are {', '.join(VERIFIERS)}")
    return Scorer(f"verifier:{name}:{REVISION}", VERIFIERS[name])


def math_reward(rows: Sequence[Mapping[str, Any]], texts: Sequence[str]) -> list[float]:
    """1 for each text whose final answer is its row's `answer`, else 0.

    Raises:
        ValueError: a row has no `answer`.
    """
    checked = []
    for number, row in enumerate(rows):
        if row.get("answer") is None:
            raise ValueError(f"row {number}: it has no `answer`, so nothing says what is right")
        checked.append({"checks": [{"kind": "answer", "reference": str(row["answer"])}]})
    return verifier_reward(checked, texts)


VERIFIERS: Mapping[str, Score] = {"instructions": verifier_reward, "math": math_reward}
