"""Where control is studied: instructions, rated answers, a verifier that rates new ones, and a policy to start from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from windward.recipes.controllable import embedded_world, world
from windward.training.controllable import Condition, RatedPrompt, Scale


@dataclass(frozen=True)
class World:
    """Two objectives that conflict and can both be computed.

    Attributes:
        name: of the data set in the result table.
        scales: of the objectives; the second takes the place of honesty in the released formula.
        rate: both ratings of a text; None where it has none.
        prompts: rated prompts to learn from and held-out instructions, by seed, answers of a prompt and noise of the ratings.
        policy: a checkpoint to start from, by the folder that it may be written to and the seed.
        feasible: whether one answer can have both levels.
        max_tokens: new tokens of an answer.
        max_length: tokens of a row.
        lora_rank: of the training; 0 trains all weights.
        best: the largest hypervolume that single answers can reach above the lowest levels.
        even: whether CDPO is also trained with λ = 1.
        settings: of a `ControlStudyConfig`, where others than the defaults suit it.
    """

    name: str
    scales: Mapping[str, Scale]
    rate: Callable[[str], dict[str, float | None]]
    prompts: Callable[[int, int, float], tuple[list[RatedPrompt], list[str]]]
    policy: Callable[[Path, int], Path]
    feasible: Callable[[Condition], bool]
    max_tokens: int
    max_length: int
    lora_rank: int = 0
    best: float | None = None
    even: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)

    def conditions(self) -> list[Condition]:
        """All that can be asked for: nothing, each level alone, each pair of levels."""
        names = list(self.scales)
        alone = [
            Condition(self.scales, **{name: level}) for name in names for level in self.scales[name].levels
        ]
        pairs = product(*(self.scales[name].levels for name in names))
        both = [Condition(self.scales, **dict(zip(names, levels, strict=True))) for levels in pairs]
        return [Condition(self.scales), *alone, *both]


def _prompts(seed: int, answers: int, noise: float) -> tuple[list[RatedPrompt], list[str]]:
    return world.prompts(seed, answers=answers, noise=noise)


def _embedded_prompts(seed: int, answers: int, noise: float) -> tuple[list[RatedPrompt], list[str]]:
    return embedded_world.prompts(seed, answers=answers, noise=noise)


SMALL = World(
    "detail-and-brevity",
    world.SCALES,
    world.rate,
    _prompts,
    world.fresh_policy,
    world.feasible,
    max_tokens=24,
    max_length=64,
    best=12.0,
)
"""A fresh two-layer policy that describes things in a vocabulary of its own; see `world`."""
EMBEDDED = World(
    "items-and-terseness",
    embedded_world.SCALES,
    embedded_world.rate,
    _embedded_prompts,
    embedded_world.policy,
    embedded_world.feasible,
    max_tokens=24,
    max_length=128,
    lora_rank=16,
    best=3.0,
    even=False,
    settings={
        "answers": 4, "noise": 0.0, "limit": 160, "held_out": 10, "sft_batch": 4, "sft_epochs": 1, "sft_rate": 1.5e-3,
        "conditions": 1, "dpo_batch": 4, "dpo_epochs": 1, "dpo_rate": 1e-3, "beta": 0.3, "sft_weight": 0.2,
    },
)  # fmt: skip
"""The embedded default, trained by LoRA, names things of a kind; see `embedded_world`."""

WORLDS: Mapping[str, World] = {"small": SMALL, "embedded": EMBEDDED}
"""By the name that the command knows."""
