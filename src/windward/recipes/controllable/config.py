"""What a study of control is told."""

from __future__ import annotations

from dataclasses import dataclass

from windward.recipes.errors import RecipeError


@dataclass(frozen=True)
class ControlStudyConfig:
    """How large it is, and how policies are trained; the settings were chosen on seeds 100 and 0, which are in no figure.

    Attributes:
        seeds: studies, each with prompts, answers, ratings, policy and draws of its own: seeds 1, 2, …
        answers: of each prompt.
        noise: share of ratings that are one level off, as a judge's would be; what CPSFT conditions on and CDPO compares.
        limit: prompts to learn from at most; None is all.
        held_out: instructions asked at most; None is all.
        samples: answers to each instruction and condition.
        sft_batch: rows a step of SFT and CPSFT.
        sft_epochs: their passes.
        sft_rate: their peak learning rate.
        conditions: of a prompt in CDPO's pairs.
        strength: λ of R. At 1, who asks for one level of brevity alone is given another for two more levels of detail, which count as
            well; at 5 no gain in what was not asked for makes up for a level.
        dpo_batch: prompts (each under one condition, with all its pairs) a step.
        dpo_epochs: passes over them; DPO without conditions makes as many steps.
        dpo_rate: their peak learning rate.
        beta: of DPO and CDPO.
        sft_weight: of the chosen answer's mean negative log-likelihood beside them; without it a small policy drifts into text that
            is neither chosen nor rejected.
        max_steps: of each training; None runs all epochs.
    """

    seeds: int = 3
    answers: int = 6
    noise: float = 0.5
    limit: int | None = None
    held_out: int | None = None
    samples: int = 1
    sft_batch: int = 64
    sft_epochs: int = 4
    sft_rate: float = 4e-3
    conditions: int = 4
    strength: float = 5.0
    dpo_batch: int = 8
    dpo_epochs: int = 2
    dpo_rate: float = 1e-3
    beta: float = 1.0
    sft_weight: float = 0.2
    max_steps: int | None = None

    def __post_init__(self) -> None:
        """Refuses what cannot be studied.

        Raises:
            RecipeError: names the setting.
        """
        for name, least in (("seeds", 1), ("answers", 2), ("samples", 1), ("conditions", 1)):
            if getattr(self, name) < least:
                raise RecipeError(f"{name} is {getattr(self, name)}; it must be at least {least}")
        if not 0 <= self.noise < 1:
            raise RecipeError(f"noise is {self.noise}; it must be at least 0 and below 1")
