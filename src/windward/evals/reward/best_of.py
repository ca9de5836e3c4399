"""Best of n: how often the answer that a scorer likes best is right, beside chance, the vote and the ceiling.

All estimates are of one problem with m recorded answers, for a draw of n of them without replacement, and unbiased: over
all draws, not over one. Mean them over problems with `summary`.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations
from math import comb, isnan, log, sqrt
from statistics import fmean

from windward.rows import Result

MOST_DRAWS = 5_000
"""Draws of a vote: all of them where there are no more, else as many by the seed."""


def best_of_n(scores: Sequence[float], correct: Sequence[float], n: int) -> float:
    """Accuracy of the best-scored of n answers, exactly.

    Of m answers in descending order of score, the k-th (from 1) is the best of a draw with probability
    C(m − k, n − 1) / C(m, n). Answers of equal score share theirs evenly, as if one were picked by lot.

    Args:
        scores: of the answers, [m].
        correct: 1 for a right answer, 0 for a wrong one (or anything between), [m].
        n: answers drawn, 1 to m.

    Raises:
        ValueError: the lengths differ, n lies outside, or a score is not a number.
    """
    _check(scores, correct, n)
    if any(isnan(score) for score in scores):
        raise ValueError("a score is not a number, so the answers have no order")
    m, total, rank = len(scores), 0.0, 0
    groups: dict[float, list[float]] = defaultdict(list)
    for score, one in zip(scores, correct, strict=True):
        groups[score].append(float(one))
    for score in sorted(groups, reverse=True):
        group = groups[score]
        # Some answer of this group is the best: none of those before it is drawn, and not only ones behind it.
        mass = comb(m - rank, n) - comb(m - rank - len(group), n)
        total += mass * fmean(group)
        rank += len(group)
    return total / comb(m, n)


def expected_best(scores: Sequence[float], n: int) -> float:
    """Expected score of the best-scored of n answers, exactly: `best_of_n` of the scores by themselves.

    Raises:
        ValueError: as `best_of_n`.
    """
    return best_of_n(scores, scores, n)


def best_of_n_kl(n: int) -> float:
    """How far best of n lies from the policy that it draws from: KL = ln n − (n − 1)/n, nats.

    Exact where no two answers score the same; where answers repeat or tie, an upper bound (Beirami et al. 2024).

    Raises:
        ValueError: n is below 1.
    """
    if n < 1:
        raise ValueError(f"n is {n}; the best of at least 1 can be chosen")
    return log(n) - (n - 1) / n


def pass_at_n(correct: Sequence[float], n: int) -> float:
    """How often n answers hold a right one: 1 − C(m − c, n) / C(m, n) (Chen et al. 2021, eq. 1).

    Raises:
        ValueError: n lies outside 1 to m.
    """
    _check(correct, correct, n)
    wrong = sum(not one for one in correct)
    return 1 - comb(wrong, n) / comb(len(correct), n)


def random_of_n(correct: Sequence[float]) -> float:
    """Accuracy of an answer picked by lot; the same for every n."""
    return fmean(map(float, correct))


def vote_of_n(
    answers: Sequence[str | None], correct: Sequence[float], n: int, *, weights: Sequence[float] | None = None, seed: int = 0
) -> float:  # fmt: skip
    """Accuracy of the answer that most of n name (self-consistency, Wang et al. 2023).

    Answers that tie are picked by lot, so each counts its share. What names no answer has no vote; a draw of such
    alone is wrong. All draws are counted where there are at most `MOST_DRAWS`, else as many by the seed.

    Args:
        answers: what each reply answers, [m]; None where it could not be read.
        correct: of the replies, [m].
        n: replies drawn.
        weights: of the votes, [m], not negative; 1 each where there are none.
        seed: of the draws.

    Raises:
        ValueError: the lengths differ or n lies outside.
    """
    _check(answers, correct, n)
    m = len(answers)
    votes = [1.0] * m if weights is None else [float(weight) for weight in weights]
    if len(votes) != m:
        raise ValueError(f"{len(votes)} weights for {m} answers")
    if comb(m, n) <= MOST_DRAWS:
        draws: list[tuple[int, ...]] = list(combinations(range(m), n))
    else:
        lot = random.Random(f"vote/{seed}")
        draws = [tuple(lot.sample(range(m), n)) for _ in range(MOST_DRAWS)]
    return fmean(_vote(draw, answers, correct, votes) for draw in draws)


def _vote(
    draw: Sequence[int], answers: Sequence[str | None], correct: Sequence[float], votes: Sequence[float]
) -> float:
    named: Counter[str] = Counter()
    right: dict[str, list[float]] = defaultdict(list)
    for place in draw:
        answer = answers[place]
        if answer is not None:
            named[answer] += votes[place]  # type: ignore[assignment]
            right[answer].append(float(correct[place]))
    if not named:
        return 0.0
    most = max(named.values())
    return fmean(fmean(right[answer]) for answer, count in named.items() if count == most)


def summary(
    problems: Sequence[float],
    *,
    metric: str,
    model: str,
    dataset: str,
    unparsed: int = 0,
    **condition: object,
) -> Result:
    """A row of the result table: the mean over problems, and its standard error over problems.

    Args:
        problems: an estimate for each problem.
        metric: e.g. `best_of_accuracy`, or `best_of_reward`.
        model: the scorer's name.
        dataset: where the problems come from.
        unparsed: replies that name no answer.
        condition: `n`, `by`.
    """
    count = len(problems)
    value = fmean(problems)
    variance = sum((one - value) ** 2 for one in problems) / (count - 1) if count > 1 else None
    stderr = None if variance is None else sqrt(variance / count)
    return Result("reward", model, dataset, "test", metric, value, count, dict(condition), stderr, unparsed)


def _check(first: Sequence[object], second: Sequence[object], n: int) -> None:
    if len(first) != len(second):
        raise ValueError(f"{len(first)} answers, but {len(second)} verdicts")
    if not 1 <= n <= len(first):
        raise ValueError(f"n is {n}; of {len(first)} answers, 1 to {len(first)} can be drawn")
