"""Generated problem families: seeded, with references that our own code computes."""

from windward.recipes.families.generate import TEST_FAMILIES, TRAIN_FAMILIES, Family, make_problems

__all__ = ["TEST_FAMILIES", "TRAIN_FAMILIES", "Family", "make_problems"]
