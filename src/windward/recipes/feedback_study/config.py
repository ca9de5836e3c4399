"""What a study is told."""

from __future__ import annotations

from dataclasses import dataclass

from windward.recipes.errors import RecipeError
from windward.recipes.feedback_study.pool import TEMPERATURES


@dataclass(frozen=True)
class StudyConfig:
    """How large it is and what is drawn.

    Attributes:
        instructions: how many, a third of each source.
        held_out: share of them, of each source, that no reward model learns from.
        max_tokens: new tokens of an answer.
        temperatures: of the pool's variants; each instruction is answered by all of them.
        best_of: answers to each held-out instruction to choose from.
        best_of_temperature: at which the model, without a system prompt, gives them.
        judged: instructions, of those learnt from, whose answers the model itself rates too, each begun for it with `Rating:`.
        judged_freely: of these, how many it also rates in the pipeline's own form, all answers at once.
        judge_tokens: new tokens of such a reply at most.
        judge_tries: replies at most, where one cannot be read.
        backbone: what reward models are made of: `sentence` (MiniLM), or a causal checkpoint, which learns by LoRA.
        epochs: passes over the pairs.
        seeds: reward models of each arm; the seed draws weights, order of the pairs and the coin's labels.
        seed: of everything else.
    """

    instructions: int = 300
    held_out: float = 0.2
    max_tokens: int = 48
    temperatures: tuple[float, ...] = TEMPERATURES
    best_of: int = 16
    best_of_temperature: float = 1.0
    judged: int = 60
    judged_freely: int = 20
    judge_tokens: int = 160
    judge_tries: int = 2
    backbone: str = "sentence"
    epochs: int = 2
    seeds: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses what cannot be studied.

        Raises:
            RecipeError: names the setting.
        """
        for name, least in (("instructions", 6), ("max_tokens", 1), ("best_of", 1), ("judged", 0), ("judged_freely", 0), ("judge_tokens", 1), ("judge_tries", 1), ("epochs", 1), ("seeds", 1)):  # fmt: skip
            if getattr(self, name) < least:
                raise RecipeError(f"{name} is {getattr(self, name)}; it must be at least {least}")
        if not 0 < self.held_out < 1:
            raise RecipeError(f"held_out is {self.held_out}; it must lie between 0 and 1")
        if len(set(self.temperatures)) < 2 or min(self.temperatures) <= 0:
            raise RecipeError("the pool needs two temperatures above 0, or no answer could be better")
