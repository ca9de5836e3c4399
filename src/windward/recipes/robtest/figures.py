"""The study's figures: accuracy of every arm, and what an arm gains over another on the same texts and samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windward.evals.paired import mcnemar
from windward.evals.robtest.results import mean
from windward.recipes.robtest.config import CLEAN, START, HardenedConfig
from windward.recipes.robtest.measured import AVERAGE, WORST, Measured
from windward.rows import Result

SYSTEM = "robtest-study"
TRAINED_ON, HELD_OUT, TEXTS = "trained on", "held out", "clean texts"
"""`group` of a change: of dimensions that the arm learnt from, of others, and of texts as they are."""
_DRAWS = 10_000

Arms = Mapping[str, Sequence[Measured]]
"""By arm, one a seed; of `start` there is one."""


def study_results(arms: Arms, config: HardenedConfig, dataset: str) -> list[Result]:
    """All figures; `model` names the arm.

    * `accuracy`: by `dimension` (`none`: texts as they are), `degree`, `case` and training `seed`;
    * `accuracy_change`: an arm less another (`against`), each text's figure averaged over seeds first; with the interval of a paired
      bootstrap over texts, the change of each seed (`by_seed`), and at the worst case and on clean texts McNemar's exact test of each
      seed (`mcnemar_p`). `dimension` is `all` for the mean over a group's dimensions, at each degree and (no `degree`) at all.

    Args:
        arms: what was measured of the same texts and samples; `clean` among them.
        config: of the study.
        dataset: name of the test texts.
    """
    results: list[Result] = []
    for arm, runs in arms.items():
        for place, run in enumerate(runs):
            seed = None if arm == START else config.seeds[place]
            for told, scores in _columns(run):
                value, stderr, n = mean(np.array(scores))
                results.append(
                    Result(SYSTEM, arm, dataset, "test", "accuracy", value, n, told | {"seed": seed}, stderr)
                )
    pairs = [(arm, CLEAN) for arm in arms if arm not in (START, CLEAN)]
    if START in arms:
        pairs += [(arm, START) for arm in arms if arm != START]
    for later, earlier in pairs:
        results += _changes(later, earlier, arms, config, dataset)
    return results


def _columns(run: Measured) -> list[tuple[dict[str, Any], Sequence[float]]]:
    """What a figure is of, and its value for each text."""
    none = {"dimension": "none", "mode": "none", "degree": 0.0, "case": AVERAGE}
    found: list[tuple[dict[str, Any], Sequence[float]]] = [(none, run.clean)]
    for one in run.scores:
        told = {"dimension": one.dimension, "mode": one.mode, "degree": one.degree}
        found += [(told | {"case": AVERAGE}, one.average), (told | {"case": WORST}, one.worst)]
    return found


def _changes(later: str, earlier: str, arms: Arms, config: HardenedConfig, dataset: str) -> list[Result]:
    count = min(len(arms[arm]) for arm in (later, earlier) if arm != START)
    runs = {
        arm: [arms[arm][0 if arm == START else place] for place in range(count)] for arm in (later, earlier)
    }
    own = config.trained(later)
    grouped: dict[tuple[str, str, float | None], list[NDArray[np.float64]]] = {}
    results = []
    for at, (told, _) in enumerate(_columns(runs[later][0])):
        after, before = (np.array([_columns(run)[at][1] for run in runs[arm]]) for arm in (later, earlier))
        if told["dimension"] == "none":
            group = TEXTS
        else:
            group = TRAINED_ON if told["dimension"] in own else HELD_OUT
            for degree in (None, told["degree"]):
                grouped.setdefault((group, told["case"], degree), []).append(after - before)
        tests = {}
        if told["case"] == WORST or group == TEXTS:
            tests = {
                "mcnemar_p": [mcnemar(int((one > 0).sum()), int((one < 0).sum())) for one in after - before]
            }
        named = {"against": earlier, "group": group} | told | tests
        results.append(_change(after - before, later, dataset, named, config.seed))
    for (group, case, degree), parts in grouped.items():
        named = {"against": earlier, "group": group, "dimension": "all", "case": case}
        named |= {} if degree is None else {"degree": degree}
        results.append(_change(np.mean(parts, axis=0), later, dataset, named, config.seed))
    return results


def _change(
    differences: NDArray[np.float64], arm: str, dataset: str, told: dict[str, Any], seed: int
) -> Result:
    """Of differences [seeds, texts], the mean, over resampled texts."""
    each = differences.mean(axis=0)
    rng = np.random.default_rng(seed)
    means = np.concatenate([each[rng.integers(0, len(each), size=(1_000, len(each)))].mean(axis=1) for _ in range(_DRAWS // 1_000)])  # fmt: skip
    low, high = np.percentile(means, [2.5, 97.5]).tolist()
    told |= {"low": low, "high": high, "by_seed": differences.mean(axis=1).tolist()}
    return Result(SYSTEM, arm, dataset, "test", "accuracy_change", float(each.mean()), len(each), told, float(means.std(ddof=1)))  # fmt: skip
