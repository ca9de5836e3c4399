"""Prompts whose answers are rated, and the demonstrations that CPSFT learns from (CPO §3.1).

CPSFT is L = −E log π(y | c, x) on answers alone: each is learnt under the levels that it was itself rated with.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Any

from windward.training.controllable.conditions import Condition, Scale, Style
from windward.training.controllable.objective import Ratings

PROVENANCE = "controllable"


@dataclass(frozen=True)
class Answer:
    """An answer and how it was rated.

    Attributes:
        text: the answer.
        ratings: by objective; None or missing where it was not rated.
        model: who wrote it.
    """

    text: str
    ratings: Ratings
    model: str = ""


@dataclass(frozen=True)
class RatedPrompt:
    """An instruction and its rated answers.

    Attributes:
        id: unique among prompts; decides all that is drawn.
        instruction: what the user asks, without a condition.
        answers: to it.
        source: conditions are balanced within each source.
        never_score: benchmarks on which what is trained on this must not be scored.
    """

    id: str
    instruction: str
    answers: tuple[Answer, ...]
    source: str = ""
    never_score: tuple[str, ...] = ()


def own_condition(answer: Answer, names: Iterable[str], scales: Mapping[str, Scale]) -> Condition | None:
    """The levels of an answer's own ratings in these objectives, each at the nearest level.

    Returns:
        None where one of them is not rated.
    """
    levels: dict[str, float] = {}
    for name in names:
        rating = answer.ratings.get(name)
        if rating is None:
            return None
        levels[name] = scales[name].nearest(rating)
    return Condition(scales, **levels)


def cpsft_rows(
    prompts: Iterable[RatedPrompt],
    scales: Mapping[str, Scale],
    *,
    conditioned: bool = True,
    style: Style = "text",
    seed: int = 0,
) -> list[dict[str, Any]]:
    """A demonstration for each rated answer, under a condition of its own ratings.

    Which of its rated objectives the condition names is drawn among all non-empty sets, so that each is learnt alone and
    together with the others.

    Args:
        prompts: rated answers.
        scales: the objectives.
        conditioned: False leaves the condition out: plain SFT on the same answers.
        style: of the condition.
        seed: with a prompt's id, of the draws.

    Returns:
        Rows for `train_sft`: `messages`, `condition` (JSON), `source`, `prompt_id`, `never_score`.
    """
    rows = []
    for prompt in prompts:
        draw = Random(f"cpsft/{seed}/{prompt.id}")
        for answer in prompt.answers:
            rated = [name for name in scales if answer.ratings.get(name) is not None]
            sets = [some for size in range(1, len(rated) + 1) for some in combinations(rated, size)]
            if not sets:
                continue
            condition = own_condition(answer, draw.choice(sets), scales)
            assert condition is not None
            asked = condition.render(prompt.instruction, style) if conditioned else prompt.instruction
            rows.append(
                {
                    "messages": [user(asked), {"role": "assistant", "content": answer.text}],
                    "condition": told(condition) if conditioned else "{}",
                    "source": prompt.source,
                    "prompt_id": prompt.id,
                    "never_score": list(prompt.never_score),
                }
            )
    return rows


def user(text: str) -> dict[str, str]:
    """A user's message."""
    return {"role": "user", "content": text}


def told(condition: Condition) -> str:
    """A condition as JSON, for a column."""
    return json.dumps(dict(condition))
