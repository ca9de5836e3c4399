"""Which training rows a model sees, and in what order, for a set of target texts (the dynamics of zero-shot generalization)."""

from windward.arrangement.both_ends import shuffled_ends, two_ends
from windward.arrangement.embedding import embed
from windward.arrangement.factorial import Cell, drawn_rows, factorial
from windward.arrangement.ngrams import DivergenceCurves, divergence_curves, n_gram_divergence
from windward.arrangement.orders import (
    by_score,
    clustered,
    coarse,
    restricted,
    round_robin,
    score_orders,
    shuffled,
)
from windward.arrangement.plan import Plan
from windward.arrangement.similarity import SimilarityCurves, similarity_curves
from windward.arrangement.stored import parquet_vectors, stored
from windward.arrangement.targets import TargetSplit, check_apart, split_target
from windward.arrangement.test_centric import test_centric
from windward.arrangement.transport import transport_cost
from windward.arrangement.weighted import WeightedDistance, weighted_from_distances, weighted_similarity

__all__ = [
    "Cell",
    "DivergenceCurves",
    "Plan",
    "SimilarityCurves",
    "TargetSplit",
    "WeightedDistance",
    "by_score",
    "check_apart",
    "clustered",
    "coarse",
    "divergence_curves",
    "drawn_rows",
    "embed",
    "factorial",
    "n_gram_divergence",
    "parquet_vectors",
    "restricted",
    "round_robin",
    "score_orders",
    "shuffled",
    "shuffled_ends",
    "similarity_curves",
    "split_target",
    "stored",
    "test_centric",
    "transport_cost",
    "two_ends",
    "weighted_from_distances",
    "weighted_similarity",
]
