"""What a study of not knowing is told."""

from __future__ import annotations

from dataclasses import dataclass

from windward.recipes.errors import RecipeError


@dataclass(frozen=True)
class UnknownStudyConfig:
    """How large it is, and how policies are trained.

    Attributes:
        refunq_pairs: pairs of RefuNQ that are learnt from, each with a pseudo-word of its own.
        concepts: pairs of each category of a freshly generated set of existing and invented names that are learnt from.
        held_out: questions of each half of each of the three sets to measure on, at most.
        held_out_answers: the same of RefuNQ's answerable half, the only one with right answers.
        max_tokens: of a reply.
        epochs: passes of SFT over its rows.
        sft_rate: its peak learning rate.
        preference_epochs: passes of preference learning over its pairs.
        preference_rate: its peak learning rate.
        beta: of its DPO.
        sft_weight: of the chosen answer's mean negative log-likelihood beside it.
        batch: rows or pairs a step.
        lora_rank: of the adapters.
        max_length: tokens of a row at most.
        max_steps: of each training; None runs all epochs.
        seed: of all draws.
    """

    refunq_pairs: int = 64
    concepts: int = 12
    held_out: int = 80
    held_out_answers: int = 200
    max_tokens: int = 32
    epochs: int = 2
    sft_rate: float = 2e-4
    preference_epochs: int = 1
    preference_rate: float = 3e-4
    beta: float = 0.1
    sft_weight: float = 0.1
    batch: int = 8
    lora_rank: int = 16
    max_length: int = 256
    max_steps: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses what cannot be studied.

        Raises:
            RecipeError: names the setting.
        """
        for name in ("refunq_pairs", "concepts", "held_out", "held_out_answers", "max_tokens", "epochs", "preference_epochs", "batch"):  # fmt: skip
            if getattr(self, name) < 1:
                raise RecipeError(f"{name} is {getattr(self, name)}; it must be at least 1")
