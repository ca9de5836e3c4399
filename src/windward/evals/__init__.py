"""Evaluations: from trajectories to the result table."""

from windward.evals.paired import Comparison, compare, compare_stages, comparison_result, mcnemar
from windward.evals.solving import (
    Evaluation,
    evaluation,
    read_evaluations,
    solved_within,
    stage_results,
    write_evaluations,
)

__all__ = [
    "Comparison",
    "Evaluation",
    "compare",
    "compare_stages",
    "comparison_result",
    "evaluation",
    "mcnemar",
    "read_evaluations",
    "solved_within",
    "stage_results",
    "write_evaluations",
]
