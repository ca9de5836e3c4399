"""From rewards to rows of the result table. Standard errors take problems for independent of one another, not pairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from statistics import fmean, stdev

from windward.evals.reward.accuracy import verdict
from windward.recipes.eurus.heads import OBJECTIVES, Head
from windward.recipes.eurus.pairs import action, problem_of
from windward.recipes.eurus.policies import PolicyRun
from windward.rows import PairRow, Result

SYSTEM, DATASET, SPLIT = "eurus", "mined pairs", "held-out problems"


def clustered(values: Sequence[float], problems: Sequence[str]) -> tuple[float, float | None]:
    """A mean and its standard error over problems, whose values may go together.

    Args:
        values: of each pair.
        problems: of each pair.

    Returns:
        The mean, and None as its error where there is one problem.
    """
    mean = fmean(values)
    sums: dict[str, float] = defaultdict(float)
    for value, problem in zip(values, problems, strict=True):
        sums[problem] += value - mean
    count = len(sums)
    if count < 2:
        return mean, None
    variance = sum(one * one for one in sums.values()) * count / (count - 1)
    return mean, sqrt(variance) / len(values)


def shorter_results(rows: Sequence[PairRow]) -> list[Result]:
    """The baseline: of two actions, the one with fewer characters."""
    problems = [problem_of(row) for row in rows]
    values = [verdict(-len(action(row.chosen)), -len(action(row.rejected))) for row in rows]
    return [_rate("pair_accuracy", "shorter", values, problems, {"objective": "shorter"})]


def head_results(heads: Sequence[Head], rows: Sequence[PairRow], model: str) -> list[Result]:
    """What the heads on one kind of features say of held-out pairs.

    Each pair is held out once a seed, and its value is the mean over seeds. Rows: `pair_accuracy` (all, by task, by
    seed), `balanced_accuracy` at threshold 0, their gains over L_BT on the same pairs, `chosen_reward` and
    `rejected_reward` (mean over heads) with their standard deviation over heads as `…_spread`, and what heads have in
    common on what they learnt, `train_accuracy`.

    Args:
        heads: of all objectives, seeds and folds.
        rows: all pairs.
        model: name of the features.
    """
    problems = [problem_of(row) for row in rows]
    found: list[Result] = []
    ranked: dict[str, list[float]] = {}
    placed: dict[str, list[float]] = {}
    for objective in OBJECTIVES:
        mine = [head for head in heads if head.objective == objective]
        condition = {"objective": objective}
        ranked[objective] = _over_seeds(mine, len(rows), verdict)
        placed[objective] = _over_seeds(mine, len(rows), _sided)
        found += [
            _rate("pair_accuracy", model, ranked[objective], problems, condition),
            _rate("balanced_accuracy", model, placed[objective], problems, condition),
            *_by_task(ranked[objective], rows, problems, model, condition),
            *_by_seed(mine, model, condition),
            *_scale(mine, model, condition),
        ]
    for objective in ("bt+dr", "dr"):
        condition = {"objective": objective, "over": "bt"}
        for name, values in (("pair", ranked), ("balanced", placed)):
            change = [now - then for now, then in zip(values[objective], values["bt"], strict=True)]
            found.append(_rate(f"{name}_accuracy_gain", model, change, problems, condition))
    return found


def policy_results(runs: Sequence[PolicyRun], model: str) -> list[Result]:
    """Implicit rewards by step, mean over seeds, and at the end: of the last pass over the pairs, and on held-out pairs.

    Rows: `chosen_reward` and `rejected_reward` with condition `step` (standard error over seeds, where there are several)
    or `at` (`end`, `held-out`), by seed and over seeds; `implicit_accuracy` on held-out pairs.
    """
    found = []
    by_objective: dict[str, list[PolicyRun]] = defaultdict(list)
    for run in runs:
        by_objective[run.objective].append(run)
    for objective, mine in by_objective.items():
        for side in ("chosen", "rejected"):
            curves: list[tuple[float, ...]] = [getattr(run, side) for run in mine]
            for step, values in enumerate(zip(*curves, strict=True), start=1):
                found.append(
                    _over_runs(
                        f"{side}_reward",
                        model,
                        values,
                        mine[0].batch_size,
                        {"objective": objective, "step": step},
                    )
                )
            ends = [fmean(curve[-_last_pass(run) :]) for curve, run in zip(curves, mine, strict=True)]
            unseen = [fmean(getattr(run, f"held_out_{side}")) for run in mine]
            for at, means in (("end", ends), ("held-out", unseen)):
                condition: dict[str, object] = {"objective": objective, "at": at}
                n = mine[0].train_pairs if at == "end" else len(mine[0].held_out_chosen)
                found.append(_over_runs(f"{side}_reward", model, means, n, condition))
                found += [
                    _row(f"{side}_reward", model, mean, n, {**condition, "seed": run.seed})
                    for mean, run in zip(means, mine, strict=True)
                ]
        for run in mine:
            ahead = fmean(map(verdict, run.held_out_chosen, run.held_out_rejected))
            one = {"objective": objective, "seed": run.seed}
            found.append(_row("implicit_accuracy", model, ahead, len(run.held_out_chosen), one))
    return found


def _last_pass(run: PolicyRun) -> int:
    """Steps of one pass over the pairs."""
    return -(-run.train_pairs // run.batch_size)


def _sided(chosen: float, rejected: float) -> float:
    """Balanced accuracy of a pair at threshold 0: half for each answer on its side."""
    return 0.5 * verdict(chosen, 0.0) + 0.5 * verdict(0.0, rejected)


def _over_seeds(heads: Sequence[Head], count: int, judge: Callable[[float, float], float]) -> list[float]:
    values: list[list[float]] = [[] for _ in range(count)]
    for head in heads:
        for number, chosen, rejected in zip(head.pairs, head.chosen, head.rejected, strict=True):
            values[number].append(judge(chosen, rejected))
    return [fmean(one) for one in values]


def _by_task(
    values: Sequence[float],
    rows: Sequence[PairRow],
    problems: Sequence[str],
    model: str,
    condition: Mapping[str, object],
) -> list[Result]:
    tasks = sorted({row.family for row in rows})
    found = []
    for task in tasks:
        numbers = [number for number, row in enumerate(rows) if row.family == task]
        some, of = [values[number] for number in numbers], [problems[number] for number in numbers]
        found.append(_rate("pair_accuracy", model, some, of, {**condition, "task": task}))
    return found


def _by_seed(heads: Sequence[Head], model: str, condition: Mapping[str, object]) -> list[Result]:
    found = []
    for seed in sorted({head.seed for head in heads}):
        pairs = [
            verdict(*both)
            for head in heads
            if head.seed == seed
            for both in zip(head.chosen, head.rejected, strict=True)
        ]
        found.append(_row("pair_accuracy", model, fmean(pairs), len(pairs), {**condition, "seed": seed}))
    return found


def _scale(heads: Sequence[Head], model: str, condition: Mapping[str, object]) -> list[Result]:
    """Where the heads' scales lie, and how far they are apart."""
    found = []
    for side in ("chosen", "rejected"):
        means = [fmean(getattr(head, side)) for head in heads]
        spread = stdev(means) if len(means) > 1 else 0.0
        found.append(_row(f"{side}_reward", model, fmean(means), len(means), condition))
        error = spread / sqrt(2 * (len(means) - 1)) if len(means) > 1 else None
        found.append(_row(f"{side}_reward_spread", model, spread, len(means), condition, error))
    gaps = [fmean(head.chosen) - fmean(head.rejected) for head in heads]
    found.append(_row("reward_margin", model, fmean(gaps), len(gaps), condition))
    learnt = fmean(head.train_accuracy for head in heads)
    found.append(_row("train_accuracy", model, learnt, heads[0].train_pairs, condition))
    return found


def _over_runs(
    metric: str, model: str, values: Sequence[float], n: int, condition: Mapping[str, object]
) -> Result:
    error = stdev(values) / sqrt(len(values)) if len(values) > 1 else None
    return _row(metric, model, fmean(values), n, {**condition, "seeds": len(values)}, error)


def _rate(
    metric: str, model: str, values: Sequence[float], problems: Sequence[str], condition: Mapping[str, object]
) -> Result:
    mean, error = clustered(values, problems)
    return _row(metric, model, mean, len(values), condition, error)


def _row(
    metric: str,
    model: str,
    value: float,
    n: int,
    condition: Mapping[str, object],
    stderr: float | None = None,
) -> Result:
    return Result(SYSTEM, model, DATASET, SPLIT, metric, value, n, dict(condition), stderr)
