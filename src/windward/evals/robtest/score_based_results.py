"""Score-based cells as rows of the result table: who survives, what it cost, and how searches ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windward.evals.robtest.results import SYSTEM, by_class, mean, total_error
from windward.evals.robtest.score_based import ScoreCell, unbroken
from windward.evals.robtest.totals import ewma, normalised
from windward.rows import Result


def score_results(
    cells: Sequence[ScoreCell],
    labels: NDArray[np.intp],
    classes: Sequence[str],
    *,
    model: str,
    dataset: str,
    seed: int,
    budget: int | None,
) -> list[Result]:
    """Figures of one search of one dimension in one mode.

    `accuracy` by degree, of all texts and of each class: the share that no attack up to the degree has broken; and its totals `ewma`
    and `ewma_normalised`. Of the attacks at each degree above 0: `queries` (a text) and `queries_total`, `queries_per_success`
    (all of them by the texts that they broke; no row where there are none), `success` (the share of attacked texts that broke) and
    `ended_by_budget` (the share that did not, and would have gone on).

    Args:
        cells: one a degree, degree 0 among them.
        labels: of the texts, [n].
        classes: their names.
        model: of the victim.
        dataset: of the texts.
        seed: of the bootstrap.
        budget: queries a text and degree.
    """
    cells = sorted(cells, key=lambda one: one.degree)
    told: dict[str, Any] = {
        "attack": "score",
        "case": "search",
        "search": cells[0].search,
        "budget": budget,
        "dimension": cells[0].dimension,
        "mode": cells[0].mode,
        "seed": seed,
        "samples": "all",
    }

    def result(
        metric: str, value: float, n: int, stderr: float | None = None, split: str = "all", **more: Any
    ) -> Result:
        return Result(SYSTEM, model, dataset, split, metric, float(value), n, told | more, stderr)

    alive = unbroken(cells, len(labels))
    results = []
    for one in cells:
        for split, chosen in by_class(labels, classes):
            value, error, n = mean(alive[one.degree][chosen].astype(float))
            results.append(result("accuracy", value, n, error, split, degree=one.degree))
        if one.degree > 0 and one.attacks:
            results += [result(*figures, degree=one.degree) for figures in _costs(one)]
    table = np.stack([alive[one.degree].astype(float) for one in cells if one.degree > 0])
    error, totals = total_error(table, seed), table.mean(axis=1).tolist()
    scale = normalised([1.0] * len(totals)) / ewma([1.0] * len(totals))
    results.append(result("ewma", ewma(totals), len(labels), error))
    results.append(result("ewma_normalised", normalised(totals), len(labels), error * scale))
    return results


def _costs(cell: ScoreCell) -> list[tuple[str, float, int, float | None]]:
    queries = np.array([one.queries for one in cell.attacks], dtype=float)
    success = np.array([one.broken for one in cell.attacks], dtype=float)
    budget = np.array([one.ended == "budget" for one in cell.attacks], dtype=float)
    rows: list[tuple[str, float, int, float | None]] = []
    for metric, values in (("queries", queries), ("success", success), ("ended_by_budget", budget)):
        value, error, n = mean(values)
        rows.append((metric, value, n, error))
    rows.append(("queries_total", float(queries.sum()), len(queries), None))
    if broken := int(success.sum()):
        rows.append(("queries_per_success", float(queries.sum()) / broken, broken, None))
    return rows
