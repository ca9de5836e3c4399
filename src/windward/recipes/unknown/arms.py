"""The policies that are compared: the model itself, tuned on its rows, held to its pairs; and two rules that need no training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from windward.recipes.unknown.config import UnknownStudyConfig
from windward.recipes.unknown.phrases import PLAIN
from windward.recipes.unknown.replies import Replied

BASE, SUPERVISED, PREFERENCE = "base", "sft", "preference"
TRAINED = (SUPERVISED, PREFERENCE)
ALWAYS, ODD = "always refuses", "refuses odd spelling"
"""Controls: one refuses everything; the other refuses what looks odd and answers as the base model does."""
REFUSAL = PLAIN[0]


def trained(arm: str, start: Path, rows: Path, out: Path, config: UnknownStudyConfig) -> Path:
    """Trains one arm; a run that was cut off goes on, a finished one is not done again.

    Args:
        arm: `sft`, or `preference`, which starts from it.
        start: the checkpoint to start from; for pairs also the reference policy.
        rows: Parquet.
        out: folder of the checkpoint.
        config: rates, steps, adapters.
    """
    from windward.training import PreferenceConfig, SFTConfig, train_preference, train_sft

    if arm == SUPERVISED:
        supervised = SFTConfig(
            learning_rate=config.sft_rate,
            epochs=config.epochs,
            batch_size=config.batch,
            lora_rank=config.lora_rank,
            max_length=config.max_length,
            max_steps=config.max_steps,
            seed=config.seed,
        )
        return train_sft(start, rows, out, supervised).path
    preference = PreferenceConfig(
        learning_rate=config.preference_rate,
        epochs=config.preference_epochs,
        batch_size=config.batch,
        lora_rank=config.lora_rank,
        max_length=config.max_length,
        max_steps=config.max_steps,
        beta=config.beta,
        sft_weight=config.sft_weight,
        seed=config.seed,
    )
    return train_preference(start, rows, out, preference).path


def always_refuses(base: Sequence[Replied]) -> list[Replied]:
    """The trivial solution: every question is declined in the same words."""
    return [Replied(one.question, REFUSAL, None) for one in base]


def refuses_odd(base: Sequence[Replied], threshold: float) -> list[Replied]:
    """The base model's replies, but a refusal where the question's perplexity is above the threshold."""
    return [
        replace(one, response=REFUSAL, log_probability=None)
        if one.perplexity is not None and one.perplexity > threshold
        else one
        for one in base
    ]


def odd_threshold(train: Sequence[Replied]) -> float:
    """The perplexity that best parts the halves of the questions learnt from: the largest sum of both halves' shares on their side."""
    known = [(one.perplexity, one.question.split == "unanswerable") for one in train if one.perplexity is not None]  # fmt: skip
    odd = sorted(value for value, unanswerable in known if unanswerable)
    plain = sorted(value for value, unanswerable in known if not unanswerable)

    def worth(threshold: float) -> float:
        above = sum(value > threshold for value in odd) / max(1, len(odd))
        below = sum(value <= threshold for value in plain) / max(1, len(plain))
        return above + below

    return max(sorted({value for value, _ in known}), key=worth, default=float("inf"))
