"""What choosing the best of more answers brings, and how far it leads from the policy: a curve over n."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from windward.evals.reward.best_of import best_of_n, best_of_n_kl, expected_best, summary
from windward.rows import Result

SIZES = (1, 2, 4, 8, 16)
"""n of the curve (UltraFeedback §4.2), as far as there are answers."""


def reward_curve(
    scores: Sequence[Sequence[float]],
    sizes: Sequence[int] = SIZES,
    *,
    model: str,
    dataset: str,
    **condition: object,
) -> list[Result]:
    """The scorer's own reward of the best of n, without bias, beside a random answer's; and the KL that it costs.

    The reward that the best is chosen by also rises where the scorer is wrong: see `gold_curve` and verdicts for
    whether the answers are better.

    Args:
        scores: of the answers to each problem, at least as many as the largest n that is done.
        sizes: n; those that every problem has answers for are done.
        model: the scorer's name.
        dataset: where the problems come from.
        condition: kept in every row.

    Returns:
        `best_of_reward` by `best` and `random`, and `best_of_kl` (nats, the closed form of `best_of_n_kl`), for each n.
    """
    rows = []
    for n in _done(scores, sizes):
        rows += [
            summary(
                values,
                metric="best_of_reward",
                model=model,
                dataset=dataset,
                n=n,
                by=by,
                unparsed=0,
                **condition,
            )
            for by, values in (
                ("best", [expected_best(of, n) for of in scores]),
                ("random", [fmean(of) for of in scores]),
            )
        ]
        told = {"n": n, "by": "closed form"} | condition
        rows.append(
            Result("reward", model, dataset, "test", "best_of_kl", best_of_n_kl(n), len(scores), told)
        )
    return rows


def gold_curve(
    scores: Sequence[Sequence[float]],
    gold: Sequence[Sequence[float]],
    sizes: Sequence[int] = SIZES,
    *,
    model: str,
    dataset: str,
    **condition: object,
) -> list[Result]:
    """What the best of n is really worth, beside a random answer and the best that n hold (`oracle`).

    Args:
        scores: as of `reward_curve`.
        gold: what each answer is worth by a measure that the scorer does not know.
        sizes: likewise.
        model: likewise.
        dataset: likewise.
        condition: likewise.

    Returns:
        `best_of_gold` by `best`, `random` and `oracle`, for each n.
    """
    rows = []
    for n in _done(scores, sizes):
        by = {
            "best": [best_of_n(of, truth, n) for of, truth in zip(scores, gold, strict=True)],
            "random": [fmean(truth) for truth in gold],
            "oracle": [expected_best(truth, n) for truth in gold],
        }
        rows += [
            summary(
                values,
                metric="best_of_gold",
                model=model,
                dataset=dataset,
                n=n,
                by=name,
                unparsed=0,
                **condition,
            )
            for name, values in by.items()
        ]
    return rows


def _done(scores: Sequence[Sequence[float]], sizes: Sequence[int]) -> list[int]:
    most = min(map(len, scores), default=0)
    return sorted({size for size in sizes if 1 <= size <= most})
