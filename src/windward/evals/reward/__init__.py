"""A reward model in use: accuracy on pairs and on RewardBench, best of n, candidates put in order."""

from windward.evals.reward.accuracy import PairScore, pair_results
from windward.evals.reward.best_of import (
    best_of_n,
    best_of_n_kl,
    expected_best,
    pass_at_n,
    random_of_n,
    vote_of_n,
)
from windward.evals.reward.curve import gold_curve, reward_curve
from windward.evals.reward.pairs import JudgedPair, read_judged
from windward.evals.reward.rerank import read_candidates, rerank
from windward.evals.reward.rewardbench import rewardbench_results
from windward.evals.reward.scorer import Longer, Scorer, Shorter, resolve_scorer

__all__ = [
    "JudgedPair",
    "Longer",
    "PairScore",
    "Scorer",
    "Shorter",
    "best_of_n",
    "best_of_n_kl",
    "expected_best",
    "gold_curve",
    "pair_results",
    "pass_at_n",
    "random_of_n",
    "read_candidates",
    "read_judged",
    "rerank",
    "resolve_scorer",
    "reward_curve",
    "rewardbench_results",
    "vote_of_n",
]
