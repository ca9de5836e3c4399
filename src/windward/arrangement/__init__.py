"""Which training rows a model sees, and in what order, for a set of target texts (the dynamics of zero-shot generalization)."""

from windward.arrangement.plan import Plan
from windward.arrangement.test_centric import test_centric

__all__ = ["Plan", "test_centric"]
