"""What a method of training does against the baseline, paired over seeds and over texts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from windward.evals.shift.points import METRICS, SYSTEM
from windward.evals.shift.task import ShiftError
from windward.rows import Result

BASELINE = "vanilla"
EFFECT = "method_effect"
Correct = Mapping[tuple[str, str, int], Sequence[bool]]
"""By test set, method and seed: whether each text was right, the texts in one order everywhere."""
_OWN = ("method", "seed", "run", "value", "role", "low", "high")


@dataclass(frozen=True)
class Effect:
    """A mean difference.

    Attributes:
        value: method less baseline.
        stderr: None where there is one seed and no text.
        low: lower end of the 95 % interval; None likewise.
        high: upper end.
        seeds: pairs of trainings.
        texts: pairs of answers a training; None where they are not known.
    """

    value: float
    stderr: float | None
    low: float | None
    high: float | None
    seeds: int
    texts: int | None


def effect_of_seeds(differences: Sequence[float]) -> Effect:
    """From one difference a seed: Student's interval, which is wide for few seeds; none for one.

    Raises:
        ShiftError: there is no difference.
    """
    values = np.asarray(differences, dtype=float)
    if not values.size:
        raise ShiftError("no seed was run with both the method and the baseline")
    if values.size == 1:
        return Effect(float(values[0]), None, None, None, 1, None)
    error = float(values.std(ddof=1) / sqrt(values.size))
    return _student(float(values.mean()), error, values.size - 1, values.size, None)


def effect_of_texts(method: Sequence[Sequence[bool]], baseline: Sequence[Sequence[bool]]) -> Effect:
    """From [seeds, texts] answers of both: seeds and texts are both drawn from more of their kind.

    The variance is that of a mean over two crossed random effects, ``(MS_seeds + MS_texts - MS_rest) / (S T)``, and its degrees of freedom are
    Satterthwaite's, as of the quasi-F of Clark (1973). It is never taken to be less than that of seeds alone or of texts alone.

    Args:
        method: whether each text was right, a row a seed.
        baseline: the same seeds and texts.

    Raises:
        ShiftError: the two are not of one form, or are empty.
    """
    first, second = np.asarray(method, dtype=float), np.asarray(baseline, dtype=float)
    if first.shape != second.shape or first.ndim != 2 or first.shape[1] < 2:
        raise ShiftError(
            f"answers of {first.shape} (seeds, texts) cannot be paired with {second.shape}: give the same seeds and texts of both"
        )
    difference = first - second
    seeds, texts = difference.shape
    mean = float(difference.mean())
    by_text = difference.mean(axis=0)
    of_texts = seeds * float(by_text.var(ddof=1))
    if seeds == 1:
        return _student(mean, sqrt(of_texts / texts), texts - 1, 1, texts)
    by_seed = difference.mean(axis=1)
    of_seeds = texts * float(by_seed.var(ddof=1))
    rest = difference - by_seed[:, None] - by_text[None, :] + mean
    of_rest = float((rest**2).sum()) / ((seeds - 1) * (texts - 1))
    squares = {of_seeds: seeds - 1, of_texts: texts - 1}
    total, most = of_seeds + of_texts - of_rest, max(squares)
    if total <= most:
        total, freedom = most, float(squares[most])
    else:
        parts = of_seeds**2 / (seeds - 1) + of_texts**2 / (texts - 1)
        freedom = total**2 / (parts + of_rest**2 / ((seeds - 1) * (texts - 1)))
    return _student(mean, sqrt(total / (seeds * texts)), freedom, seeds, texts)


def _student(mean: float, error: float, freedom: float, seeds: int, texts: int | None) -> Effect:
    from scipy.stats import t

    half = float(t.ppf(0.975, freedom)) * error
    return Effect(mean, error, mean - half, mean + half, seeds, texts)


def effect_results(
    results: Sequence[Result], *, baseline: str = BASELINE, correct: Correct | None = None
) -> list[Result]:
    """A row of `method_effect` for each method, test set and metric; its condition has the interval and both means.

    Compared are rows of factor `method` that differ in `method` and `seed` alone, seed by seed; seeds of one of the two only are left out.

    Args:
        results: rows of system `shift`.
        baseline: the method that the others are compared with.
        correct: right or wrong of each text, where it is known and the metric is accuracy; it makes the comparison paired over texts.

    Raises:
        ShiftError: a method has two rows for one seed, or answers that cannot be paired.
    """
    told: dict[tuple[str, ...], dict[str, dict[int, Result]]] = {}
    for row in results:
        if row.system != SYSTEM or row.metric not in METRICS or row.condition.get("factor") != "method":
            continue
        if "method" not in row.condition:
            continue
        shared = json.dumps(
            {key: one for key, one in row.condition.items() if key not in _OWN}, sort_keys=True
        )
        methods = told.setdefault((row.model, row.dataset, row.split, row.metric, shared), {})
        seeds = methods.setdefault(str(row.condition["method"]), {})
        seed = int(row.condition.get("seed", 0))
        if seed in seeds:
            raise ShiftError(
                f"{row.model} was scored twice on {row.dataset} with method {row.condition['method']} and seed {seed}: "
                "keep one of the rows"
            )
        seeds[seed] = row
    found = []
    for methods in told.values():
        plain = methods.get(baseline, {})
        for method, seeds in methods.items():
            both = sorted(seeds.keys() & plain.keys())
            if method != baseline and both:
                found.append(
                    _row(
                        method, baseline, [seeds[one] for one in both], [plain[one] for one in both], correct
                    )
                )
    return found


def _row(
    method: str, baseline: str, changed: Sequence[Result], plain: Sequence[Result], correct: Correct | None
) -> Result:
    one = changed[0]
    effect = _with_texts(method, baseline, changed, correct) if one.metric == "accuracy" else None
    if effect is None:
        effect = effect_of_seeds([a.value - b.value for a, b in zip(changed, plain, strict=True)])
    condition: dict[str, Any] = {key: value for key, value in one.condition.items() if key not in _OWN}
    condition |= {
        "role": one.condition.get("role", ""),
        "method": method,
        "baseline": baseline,
        "of": one.metric,
    }
    condition |= {"seeds": effect.seeds, "texts": effect.texts}
    condition |= {
        "before": sum(row.value for row in plain) / len(plain),
        "after": sum(row.value for row in changed) / len(changed),
    }
    if effect.low is not None and effect.high is not None:
        condition |= {"low": effect.low, "high": effect.high}
    return Result(SYSTEM, one.model, one.dataset, one.split, EFFECT, effect.value, one.n, condition, effect.stderr,
                  sum(row.unparsed for row in changed))  # fmt: skip


def _with_texts(
    method: str, baseline: str, changed: Sequence[Result], correct: Correct | None
) -> Effect | None:
    seeds = [int(row.condition.get("seed", 0)) for row in changed]
    keys = [(changed[0].dataset, name, seed) for name in (method, baseline) for seed in seeds]
    if not correct or any(key not in correct for key in keys):
        return None
    lengths = {len(correct[key]) for key in keys}
    if len(lengths) > 1:
        raise ShiftError(
            f"answers on {changed[0].dataset} are of {sorted(lengths)} texts: the same texts belong to each method and seed"
        )
    half = len(seeds)
    return effect_of_texts([correct[key] for key in keys[:half]], [correct[key] for key in keys[half:]])
