"""Which training rows a model sees, and in what order, for a set of target texts (the dynamics of zero-shot generalization)."""

from windward.arrangement.both_ends import shuffled_ends, two_ends
from windward.arrangement.embedding import embed
from windward.arrangement.plan import Plan
from windward.arrangement.stored import parquet_vectors, stored
from windward.arrangement.test_centric import test_centric

__all__ = ["Plan", "embed", "parquet_vectors", "shuffled_ends", "stored", "test_centric", "two_ends"]
