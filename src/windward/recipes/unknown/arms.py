"""The policies that are compared: the model itself, tuned on its rows, held to its pairs; and two rules that need no training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from windward.evals.unknown.confidence.likelihood import QuestionPerplexity
from windward.evals.unknown.records import Answered
from windward.recipes.unknown.config import UnknownStudyConfig
from windward.recipes.unknown.phrases import PLAIN
from windward.recipes.unknown.replies import question_perplexity

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

    shared: dict[str, Any] = {
        "batch_size": config.batch,
        "lora_rank": config.lora_rank,
        "max_length": config.max_length,
        "max_steps": config.max_steps,
        "seed": config.seed,
    }
    if arm == SUPERVISED:
        supervised = SFTConfig(learning_rate=config.sft_rate, epochs=config.epochs, **shared)
        return train_sft(start, rows, out, supervised).path
    preference = PreferenceConfig(
        learning_rate=config.preference_rate,
        epochs=config.preference_epochs,
        beta=config.beta,
        sft_weight=config.sft_weight,
        **shared,
    )
    return train_preference(start, rows, out, preference).path


def always_refuses(base: Sequence[Answered]) -> list[Answered]:
    """The trivial solution: every question is declined in the same words."""
    return [Answered(one.question, REFUSAL) for one in base]


def refuses_odd(base: Sequence[Answered], threshold: float) -> list[Answered]:
    """The base model's replies, but a refusal where the question's perplexity is above the threshold, which is all the confidence it has."""
    name = QuestionPerplexity.name
    found = []
    for one in base:
        perplexity = question_perplexity(one)
        odd = perplexity is not None and perplexity > threshold
        own = {name: one.confidences[name]} if name in one.confidences else {}
        found.append(Answered(one.question, REFUSAL if odd else one.response, own, one.absent))
    return found


def odd_threshold(train: Sequence[Answered]) -> float:
    """The perplexity that best parts the halves of the questions learnt from: the largest sum of both halves' shares on their side."""
    found = [(question_perplexity(one), one.question.split) for one in train]
    odd = [value for value, split in found if value is not None and split == "unanswerable"]
    plain = [value for value, split in found if value is not None and split == "answerable"]

    def worth(threshold: float) -> float:
        above = sum(value > threshold for value in odd) / max(1, len(odd))
        below = sum(value <= threshold for value in plain) / max(1, len(plain))
        return above + below

    return max(sorted({*odd, *plain}), key=worth, default=float("inf"))
