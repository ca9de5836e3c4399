"""Where rewards come from: a reward model, or a program that checks answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from windward.models.fingerprint import fingerprint
from windward.training.ppo.prompts import Row, messages_of
from windward.training.reward_model import load_reward
from windward.training.stamp import never_score

Score = Callable[[Sequence[Row], Sequence[str]], Sequence[float]]
"""From rows and one answer to each to rewards; higher is better."""


@dataclass(frozen=True)
class Scorer:
    """A source of rewards.

    Attributes:
        name: says all that changes the rewards; part of a run's identity.
        score: the rewards themselves.
        never_score: benchmarks whose problems the source was made from; the policy inherits them.
    """

    name: str
    score: Score
    never_score: frozenset[str] = field(default_factory=frozenset)


def reward_scorer(path: str | Path, *, max_length: int | None = None) -> Scorer:
    """A reward model as a source of rewards.

    Args:
        path: what `train_reward` made.
        max_length: tokens of a conversation; None takes that of its training.

    Raises:
        ModelError: it is no reward model.
    """
    model = load_reward(path, max_length=max_length)

    def score(rows: Sequence[Row], texts: Sequence[str]) -> list[float]:
        rewards: list[float] = model.score(
            [
                [*messages_of(row, f"row {number}"), {"role": "assistant", "content": text}]
                for number, (row, text) in enumerate(zip(rows, texts, strict=True))
            ]
        ).tolist()
        return rewards

    name = f"reward:{fingerprint(model.path)}:{model.max_length}"
    return Scorer(name, score, never_score(model.path))


def scored(scorer: Scorer, rows: Sequence[Row], texts: Sequence[str]) -> list[float]:
    """The rewards of answers, checked.

    Raises:
        ValueError: there are not as many as answers, or one is not a number.
    """
    if not texts:
        return []
    rewards = [float(reward) for reward in scorer.score(rows, texts)]
    if len(rewards) != len(texts):
        raise ValueError(f"{scorer.name} gave {len(rewards)} rewards for {len(texts)} answers")
    for reward, text in zip(rewards, texts, strict=True):
        if not math.isfinite(reward):
            raise ValueError(
                f"{scorer.name} gave {reward} for {text[:80]!r}; a reward must be a finite number"
            )
    return rewards
