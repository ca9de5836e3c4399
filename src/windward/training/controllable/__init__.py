"""Controllable preference optimization: levels that a user asks for, and rows that teach a policy to keep to them."""

from windward.training.controllable.conditions import SCALES, Condition, Scale, Style, add_tokens
from windward.training.controllable.objective import Ratings, advantage, controlled_reward, released_reward
from windward.training.controllable.pairs import (
    PairCounts,
    Quota,
    balanced_quotas,
    cdpo_pairs,
    paper_quotas,
)
from windward.training.controllable.rated import Answer, RatedPrompt, cpsft_rows

__all__ = [
    "SCALES",
    "Answer",
    "Condition",
    "PairCounts",
    "Quota",
    "RatedPrompt",
    "Ratings",
    "Scale",
    "Style",
    "add_tokens",
    "advantage",
    "balanced_quotas",
    "cdpo_pairs",
    "controlled_reward",
    "cpsft_rows",
    "paper_quotas",
    "released_reward",
]
