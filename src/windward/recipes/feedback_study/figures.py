"""The study's figures: pair accuracy on instructions held out, its control and baselines, and what best of n gains.

Rows of system `feedback`, data set `feedback-study`. Every interval is a 95 % one of resampled instructions (`low`, `high`), since
what belongs to one instruction is not independent; the pair accuracy of one reward model has Wilson's beside it (`wilson_low`,
`wilson_high`), which takes pairs for independent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from statistics import fmean, stdev
from typing import Any

from windward.evals.reward.accuracy import verdict
from windward.evals.reward.best_of import best_of_n, best_of_n_kl, random_of_n
from windward.evals.reward.curve import SIZES
from windward.feedback.figures import feedback_results
from windward.feedback.pairs import FeedbackPair, PairOptions, pair_record
from windward.feedback.records import Completion, Record
from windward.recipes.feedback_study.judged import JUDGED
from windward.recipes.feedback_study.learnt import Labels, Scored, labelled
from windward.recipes.verifiers import checks_met, worth
from windward.reports.intervals import wilson
from windward.rows import Result

SYSTEM, DATASET, HELD_OUT = "feedback", "feedback-study", "held-out"
DRAWS = 2_000


def pool_results(records: Sequence[Record], model: str, seed: int) -> list[Result]:
    """Scores by variant, source and principle, the judges' agreement, and how often each kind of order is met."""
    rows = feedback_results(records, model=model, seed=seed)
    met: dict[str, list[list[float]]] = defaultdict(list)
    for record in records:
        for check in record.checks:
            name = check.get("instruction_id", check["kind"])
            met[name].append(
                [checks_met([check], one.text, record.instruction) for one in record.completions]
            )
    rows += [_row("check_met", model, met[name], seed, "all", check=name) for name in sorted(met)]
    counts = [pair_record(record, PairOptions(kind="verifier", min_aspects=1))[1] for record in records]
    for name in ("candidates", "ties", "identical", "pairs"):
        total = sum(getattr(one, name) for one in counts)
        rows.append(Result(SYSTEM, model, DATASET, "all", f"pair_{name}", float(total), len(records)))
    return rows


def judge_results(records: Sequence[Record], model: str, seed: int) -> list[Result]:
    """Of two answers that the checks tell apart in the aspect that the model judged: how often it says the same.

    A tie of its ratings counts half; pairs of which it rates one or neither readably are in `n` and in `unparsed`.
    """
    agreed: list[list[float]] = []
    unread = 0
    for record in records:
        said = []
        for pair in combinations([one for one in record.completions if _asked(one)], 2):
            better, worse = sorted(pair, key=lambda one: -(one.rating(JUDGED, "verifier") or 0))
            if better.rating(JUDGED, "verifier") == worse.rating(JUDGED, "verifier"):
                continue
            ratings = better.rating(JUDGED, "model"), worse.rating(JUDGED, "model")
            if ratings[0] is None or ratings[1] is None:
                unread += 1
            else:
                said.append(verdict(ratings[0], ratings[1]))
        agreed.append(said)
    if not any(agreed):
        return []
    row = _row("judge_pair_agreement", model, agreed, seed, "judged", aspect=JUDGED)
    return [Result(**(vars(row) | {"n": row.n + unread, "unparsed": unread}))]


def _asked(completion: Completion) -> bool:
    return any(one.kind == "model" for one in completion.ratings) and not completion.absent


def pair_results(learnt: Sequence[Scored], held_out: Sequence[Record], model: str, seed: int) -> list[Result]:
    """Pair accuracy of each reward model, of each arm over its seeds, of the arm's sources, and of two baselines.

    The arm `random` learns from a coin's labels and is held against the same coin's on the pairs held out: that can only
    be right half the time, unless something of the held-out pairs leaks. Beside it, how often it agrees with the checks.
    """
    rows: list[Result] = []
    for arm in dict.fromkeys(one.arm for one in learnt):
        runs = [one for one in learnt if one.arm == arm]
        of: tuple[Labels, ...] = ("coin", "verified") if arm == "random" else ("verified",)
        for labels in of:
            judged = [_verdicts(labelled(held_out, labels, run.seed), _reward(run, held_out)) for run in runs]
            told: dict[str, Any] = {"arm": arm, "labels": labels}
            rows += [
                _accuracy(model, one, seed, **told, seed=run.seed, train_pairs=run.train_pairs)
                for run, one in zip(runs, judged, strict=True)
            ]
            rows += _over_seeds(judged, held_out, model, seed, told)
        rows.append(
            _mean("train_accuracy", model, [one.train_accuracy for one in runs], runs[0].train_pairs, arm)
        )
    true = labelled(held_out, "verified")
    for name, sign in (("longer", 1), ("shorter", -1)):
        rows.append(_accuracy(model, _verdicts(true, _length(sign)), seed, baseline=name))
    return rows


def _over_seeds(
    judged: Sequence[dict[str, list[float]]],
    held_out: Sequence[Record],
    model: str,
    seed: int,
    told: dict[str, Any],
) -> list[Result]:
    """All seeds together, over all sources and in each."""
    each = [fmean(value for values in one.values() for value in values) for one in judged]
    spread = {"seeds": len(each), "seed_sd": stdev(each) if len(each) > 1 else None}
    sources = {record.id: record.source for record in held_out}
    together: dict[str, list[float]] = defaultdict(list)
    for one in judged:
        for name, values in one.items():
            together[name] += values
    rows = [_row("pair_accuracy", model, list(together.values()), seed, HELD_OUT, **told, **spread)]
    for source in sorted(set(sources.values())):
        some = {name: values for name, values in together.items() if sources[name] == source}
        if some:
            told_too = told | {"source": source, "seeds": len(each)}
            rows.append(_row("pair_accuracy", model, list(some.values()), seed, HELD_OUT, **told_too))
    return rows


def _reward(run: Scored, held_out: Sequence[Record]) -> Callable[[FeedbackPair, str], float]:
    known = {
        (record.id, one.text): reward
        for record in held_out
        for one, reward in zip(record.completions, run.pool[record.id], strict=True)
    }
    return lambda pair, text: known[pair.record_id, text]


def _length(sign: int) -> Callable[[FeedbackPair, str], float]:
    return lambda pair, text: float(sign * len(text))


def _verdicts(
    pairs: Iterable[FeedbackPair], score: Callable[[FeedbackPair, str], float]
) -> dict[str, list[float]]:
    """By instruction, whether the better answer of each pair scores higher."""
    found: dict[str, list[float]] = defaultdict(list)
    for pair in pairs:
        chosen, rejected = (side[-1]["content"] for side in (pair.chosen, pair.rejected))
        found[pair.record_id].append(verdict(score(pair, chosen), score(pair, rejected)))
    return dict(found)


def best_of_results(learnt: Sequence[Scored], many: Sequence[Record], model: str, seed: int) -> list[Result]:
    """Worth (0 to 1, by the checks) of the best of n answers, as each arm, a lot, and the checks themselves choose.

    All draws of n of the answers count, not one; an arm's worth of an instruction is the mean over its seeds.
    """
    values = [[worth(record, one.text) for one in record.completions] for record in many]
    chance = [random_of_n(of) for of in values]
    arms = list(dict.fromkeys(one.arm for one in learnt))
    rows: list[Result] = []
    for n in [size for size in SIZES if size <= min(map(len, values))]:
        chosen = {"random choice": chance, "checks": [best_of_n(of, of, n) for of in values]}
        for arm in arms:
            runs = [one for one in learnt if one.arm == arm]
            chosen[arm] = [
                fmean(best_of_n(run.many[record.id], of, n) for run in runs)
                for record, of in zip(many, values, strict=True)
            ]
        for by, found in chosen.items():
            rows.append(_row("best_of_worth", model, [[one] for one in found], seed, HELD_OUT, n=n, by=by))
            gains = [[one - lot] for one, lot in zip(found, chance, strict=True)]
            rows.append(_row("best_of_gain", model, gains, seed, HELD_OUT, n=n, by=by))
        rows.append(
            Result(SYSTEM, model, DATASET, HELD_OUT, "best_of_kl", best_of_n_kl(n), len(many), {"n": n})
        )
    return rows


def resampled(
    groups: Sequence[Sequence[float]], seed: int, draws: int = DRAWS
) -> tuple[float, float, float, float]:
    """Mean of values that come in groups, its standard error, and a 95 % interval by drawing groups with replacement.

    Raises:
        ValueError: there is no value.
    """
    import numpy as np

    filled = [group for group in groups if len(group)]
    if not filled:
        raise ValueError("there is no value to take a mean of")
    sums, sizes = np.array([sum(group) for group in filled]), np.array([len(group) for group in filled])
    lot = np.random.default_rng(seed).integers(len(filled), size=(draws, len(filled)))
    means = sums[lot].sum(axis=1) / sizes[lot].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(sums.sum() / sizes.sum()), float(means.std(ddof=1)), float(low), float(high)


def _accuracy(model: str, judged: dict[str, list[float]], resamples: int, **told: Any) -> Result:
    groups = list(judged.values())
    row = _row("pair_accuracy", model, groups, resamples, HELD_OUT, **told)
    low, high = wilson(row.value, row.n)
    return Result(**(vars(row) | {"condition": row.condition | {"wilson_low": low, "wilson_high": high}}))


def _row(
    metric: str, model: str, groups: Sequence[Sequence[float]], resamples: int, split: str, **told: Any
) -> Result:
    mean, stderr, low, high = resampled(groups, resamples)
    n = sum(map(len, groups))
    known = told | {"low": low, "high": high, "instructions": sum(bool(len(group)) for group in groups)}
    return Result(SYSTEM, model, DATASET, split, metric, mean, n, known, stderr)


def _mean(metric: str, model: str, values: Sequence[float], n: int, arm: str) -> Result:
    error = stdev(values) / len(values) ** 0.5 if len(values) > 1 else None
    return Result(
        SYSTEM, model, DATASET, "train", metric, fmean(values), n, {"arm": arm, "seeds": len(values)}, error
    )
