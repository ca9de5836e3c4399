"""Two stages on the same problems: McNemar's exact test and a paired bootstrap of the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

from windward.evals.solving import Evaluation, solved_within
from windward.rows import Result


@dataclass(frozen=True)
class Comparison:
    """A later stage against an earlier one, problem by problem.

    Attributes:
        difference: later success rate minus earlier, in [-1, 1].
        low: lower end of its 95 % interval (percentiles of the paired bootstrap).
        high: upper end.
        stderr: standard deviation of the bootstrap's differences.
        gained: problems that only the later stage solves.
        lost: problems that only the earlier stage solves.
        p_value: of McNemar's exact test, two-sided.
        n: problems.
    """

    difference: float
    low: float
    high: float
    stderr: float
    gained: int
    lost: int
    p_value: float
    n: int


def mcnemar(gained: int, lost: int) -> float:
    """Two-sided p of McNemar's exact test: is a change of verdict as likely one way as the other?"""
    changed = gained + lost
    tail = sum(comb(changed, count) for count in range(min(gained, lost) + 1)) / (1 << changed)
    return min(1.0, 2 * tail)


def compare(earlier: Sequence[bool], later: Sequence[bool], *, seed: int, draws: int = 10_000) -> Comparison:
    """Compares two verdicts on each of the same problems.

    Args:
        earlier: whether each problem was solved before.
        later: the same problems in the same order.
        seed: of the bootstrap.
        draws: resamples of the problems.

    Raises:
        ValueError: the two are not of one length, or are empty.
    """
    import numpy as np

    if len(earlier) != len(later) or not earlier:
        raise ValueError(f"{len(earlier)} verdicts cannot be paired with {len(later)}")
    change = np.array(later, dtype=float) - np.array(earlier, dtype=float)
    picks = np.random.default_rng(seed).integers(0, len(change), size=(draws, len(change)))
    means = change[picks].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    gained, lost = int((change > 0).sum()), int((change < 0).sum())
    return Comparison(
        difference=float(change.mean()),
        low=float(low),
        high=float(high),
        stderr=float(means.std(ddof=1)),
        gained=gained,
        lost=lost,
        p_value=mcnemar(gained, lost),
        n=len(change),
    )


def compare_stages(
    earlier: Sequence[Evaluation], later: Sequence[Evaluation], *, split: str, turn: int, seed: int
) -> Comparison | None:
    """Compares success within `turn` turns on the problems of a split that both stages tried; None without any."""
    before = {record.problem.id: solved_within(record, turn) for record in earlier if record.split == split}
    after = {record.problem.id: solved_within(record, turn) for record in later if record.split == split}
    shared = [problem for problem in before if problem in after]
    if not shared:
        return None
    return compare([before[problem] for problem in shared], [after[problem] for problem in shared], seed=seed)


def comparison_result(
    found: Comparison, *, system: str, model: str, dataset: str, split: str, condition: dict[str, object]
) -> Result:
    """A comparison as a row of the result table; the interval and the test stand in its condition."""
    told = {
        "low": round(found.low, 6),
        "high": round(found.high, 6),
        "gained": found.gained,
        "lost": found.lost,
        "mcnemar_p": found.p_value,
    }
    return Result(
        system,
        model,
        dataset,
        split,
        "success_rate_change",
        found.difference,
        found.n,
        condition | told,
        found.stderr,
    )
