"""Cells as rows of the result table: average and worst case by degree, by class, and the totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windward.evals.robtest.rule_based import Cell, averages, survivors
from windward.evals.robtest.totals import ewma, normalised
from windward.rows import Result

SYSTEM = "robtest"
_DRAWS = 2_000

Keep = Mapping[float, NDArray[np.bool_]]
"""For each degree, which samples count."""


def curve_results(
    cells: Sequence[Cell],
    labels: NDArray[np.intp],
    classes: Sequence[str],
    *,
    model: str,
    dataset: str,
    seed: int,
    keep: Keep | None = None,
) -> list[Result]:
    """Figures of one dimension in one mode.

    `accuracy` by degree with `case` average and worst, of all texts and of each class; `realised_degree`, `samples` (a text) and
    `shortfall` (samples that could not be had); and over the degrees above 0 the totals `ewma` and `ewma_normalised`. Standard
    errors are over texts; those of totals by a bootstrap of texts.

    Args:
        cells: one a degree, degree 0 among them.
        labels: of the texts, [n].
        classes: their names.
        model: of the victim.
        dataset: of the texts.
        seed: of the bootstrap.
        keep: which samples count, where only some do (the valid ones).
    """
    cells = sorted(cells, key=lambda one: one.degree)
    told: dict[str, Any] = {
        "attack": "rule",
        "dimension": cells[0].dimension,
        "mode": cells[0].mode,
        "seed": seed,
    }
    told |= {"samples": "valid" if keep is not None else "all"}

    def result(
        metric: str, value: float, n: int, stderr: float | None = None, split: str = "all", **more: Any
    ) -> Result:
        return Result(SYSTEM, model, dataset, split, metric, float(value), n, told | more, stderr)

    worst = survivors(cells, labels, keep)
    by_case: dict[str, list[NDArray[np.float64]]] = {"average": [], "worst": []}
    results = []
    for one in cells:
        kept = None if keep is None else keep[one.degree]
        scores = {"average": averages(one, labels, kept), "worst": worst[one.degree].astype(float)}
        for case, score in scores.items():
            by_case[case].append(score)
            for split, chosen in by_class(labels, classes):
                value, error, n = mean(score[chosen])
                results.append(result("accuracy", value, n, error, split, case=case, degree=one.degree))
        realised = np.array([sample.degree for sample in one.samples])
        value, error, _ = mean(realised)
        results.append(result("realised_degree", value, len(realised), error, degree=one.degree))
        results.append(result("samples", len(one.samples) / len(labels), len(labels), degree=one.degree))
        lacking = one.wanted * len(labels) - len(one.samples)
        results.append(result("shortfall", lacking, one.wanted * len(labels), degree=one.degree))
    above = [place for place, one in enumerate(cells) if one.degree > 0]
    for case, columns in by_case.items():
        table = np.stack([columns[place] for place in above])
        error = total_error(table, seed)
        totals = [mean(row)[0] for row in table]
        results.append(result("ewma", ewma(totals), len(labels), error, case=case))
        scale = 1 - 0.5 ** len(above)
        results.append(result("ewma_normalised", normalised(totals), len(labels), error / scale, case=case))
    return results


def by_class(labels: NDArray[np.intp], classes: Sequence[str]) -> list[tuple[str, NDArray[np.bool_]]]:
    """Name and texts of each split: `all`, and each class that there is."""
    named = [(classes[place], labels == place) for place in sorted(set(labels.tolist()))]
    return [("all", np.ones(len(labels), dtype=bool)), *named]


def mean(values: NDArray[np.float64]) -> tuple[float, float | None, int]:
    """Mean, standard error and n of what is there: a text without a valid sample has no share of right ones."""
    there = values[~np.isnan(values)]
    if not len(there):
        return float("nan"), None, 0
    error = float(there.std(ddof=1) / sqrt(len(there))) if len(there) > 1 else None
    return float(there.mean()), error, len(there)


def total_error(table: NDArray[np.float64], seed: int) -> float:
    """Standard error of the total, [degrees, texts], over resampled texts."""
    rng = np.random.default_rng(seed)
    weights = 0.5 ** np.arange(1, len(table) + 1)
    counts = rng.multinomial(table.shape[1], np.full(table.shape[1], 1 / table.shape[1]), size=_DRAWS)
    there = ~np.isnan(table)
    sums = counts @ np.nan_to_num(table).T
    means = sums / np.maximum(counts @ there.T, 1)
    return float((means @ weights).std(ddof=1))
