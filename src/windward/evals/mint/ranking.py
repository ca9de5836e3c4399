"""Whether other verdicts put the models in another order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from windward.evals.mint.instances import SIZES
from windward.rows import Result, select


class Ranking(NamedTuple):
    """Two orders of the same models.

    Attributes:
        kendall: tau-b.
        spearman: rho, with mean ranks for ties.
        swapped: pairs (first, second): the first led by the first verdicts, the second leads by the second.
    """

    kendall: float
    spearman: float
    swapped: tuple[tuple[str, str], ...]


def compare_rankings(before: Mapping[str, float], after: Mapping[str, float]) -> Ranking:
    """Compares the orders of the models that both hold.

    Raises:
        ValueError: they share fewer than two models.
    """
    from scipy.stats import kendalltau, spearmanr

    models = [model for model in before if model in after]
    if len(models) < 2:
        raise ValueError(f"{len(models)} models in common have no order")
    first, second = [before[model] for model in models], [after[model] for model in models]
    swapped = []
    for a, b in combinations(models, 2):
        left, right = before[a] - before[b], after[a] - after[b]
        if left * right < 0:
            swapped.append((a, b) if left > 0 else (b, a))
    return Ranking(
        float(kendalltau(first, second).statistic), float(spearmanr(first, second).statistic), tuple(swapped)
    )


def ranking_results(
    before: Sequence[Result], after: Sequence[Result], profile: str, k: int = 5
) -> list[Result]:
    """The correlation of the orders by SR_k without feedback, over the models that were run on all instances."""
    rates = [_complete(results, k) for results in (before, after)]
    models = rates[0].keys() & rates[1].keys()
    if len(models) < 2 or len(set(rates[0].values())) < 2 or len(set(rates[1].values())) < 2:
        return []
    found = compare_rankings(*rates)
    condition = {
        "k": k,
        "feedback": "none",
        "profile": profile,
        "swapped": [list(pair) for pair in found.swapped],
    }
    return [
        Result("mint", "(all)", "all", "test", f"rank_{name}", value, len(models), condition)
        for name, value in (("kendall", found.kendall), ("spearman", found.spearman))
    ]


def _complete(results: Sequence[Result], k: int) -> dict[str, float]:
    rows = select(results, dataset="all", metric="success_rate", condition={"k": k, "feedback": "none"})
    largest = max((row.n for row in rows), default=0)
    return {row.model: row.value for row in rows if row.n == min(largest, sum(SIZES.values()))}
