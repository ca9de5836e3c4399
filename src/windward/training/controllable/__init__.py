"""Controllable preference optimization: levels that a user asks for, and rows that teach a policy to keep to them."""

from windward.training.controllable.conditions import SCALES, Condition, Scale, Style, add_tokens
from windward.training.controllable.objective import Ratings, advantage, controlled_reward, released_reward

__all__ = [
    "SCALES",
    "Condition",
    "Ratings",
    "Scale",
    "Style",
    "add_tokens",
    "advantage",
    "controlled_reward",
    "released_reward",
]
