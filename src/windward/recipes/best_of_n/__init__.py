"""Best of n: a model answers each prompt n times, and the answer that a scorer likes best is kept (UltraFeedback §4.2)."""

from windward.recipes.best_of_n.choose import BestOfNConfig, choose_best
from windward.recipes.best_of_n.prompts import Gold, Prompt, known_gold, read_prompts

__all__ = ["BestOfNConfig", "Gold", "Prompt", "choose_best", "known_gold", "read_prompts"]
