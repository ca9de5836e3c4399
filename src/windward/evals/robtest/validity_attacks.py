"""Validity of what a search found: an attack that breaks the model by a text that says something else has shown nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windward.evals.robtest.perturbed import Mode
from windward.evals.robtest.results import SYSTEM, mean
from windward.evals.robtest.rule_based import Cell
from windward.evals.robtest.score_based import ScoreCell
from windward.evals.robtest.score_based_shards import FOLDER, read_score_cell
from windward.evals.robtest.sentence import Sentence
from windward.evals.robtest.totals import ewma, normalised
from windward.evals.robtest.validity import Measured, Validity, kind_of
from windward.rows import Result

MEASURED = "validity-search"


def successes(
    out: Path, dimension: str, mode: Mode, degrees: Sequence[float], search: str, classes: int
) -> list[Cell]:
    """The attacks of a run that broke the model, one cell a degree that has any; one sample a text, at the lowest degree that broke it."""
    found = []
    for degree in sorted(degrees):
        one = read_score_cell(out / FOLDER, dimension, mode, degree, search)
        if one is not None and one.broken:
            found.append(broken_cell(one, classes))
    return found


def broken_cell(one: ScoreCell, classes: int) -> Cell:
    """The attacks that broke the model, as a cell of samples."""
    broken = [(owner, attack) for owner, attack in zip(one.owners, one.attacks, strict=True) if attack.broken]
    rows = np.array([attack.row for _, attack in broken], dtype=np.float64).reshape(len(broken), classes)
    owners = np.array([owner for owner, _ in broken], dtype=np.intp)
    return Cell(
        one.dimension, one.mode, one.degree, 1, owners, tuple(attack.best for _, attack in broken), rows
    )


def measured_attacks(
    cells: Sequence[Cell], sentences: Sequence[Sentence], validity: Validity, out: Path
) -> list[Measured]:
    """Measures all of them: they are few."""
    every = replace(validity, config=replace(validity.config, everything=True))
    return [every.measured(cell, sentences, out / MEASURED) for cell in cells]


def attack_results(
    attacks: Sequence[Measured],
    degrees: Sequence[float],
    texts: int,
    *,
    model: str,
    dataset: str,
    search: str,
) -> list[Result]:
    """Figures over valid attacks of one dimension in one mode.

    `attack_validity_rate` at each degree: the share of the attacks that broke the model which are valid. `accuracy` (`samples: valid`): the
    share of texts that no valid attack up to a degree has broken, and its totals. A search stops at the first text that breaks the model, valid
    or not; so one that seeks valid texts alone could break more, and this accuracy is an upper bound.

    Args:
        attacks: that broke the model, by degree; degree 0 are the texts that it has wrong as they are.
        degrees: of the run.
        texts: that were attacked.
        model: of the victim.
        dataset: of the texts.
        search: its name.
    """
    if not attacks or any(np.isnan(one.valid).any() for one in attacks):
        return []
    cell = attacks[0].cell
    told: dict[str, Any] = {
        "attack": "score",
        "case": "search",
        "search": search,
        "dimension": cell.dimension,
        "mode": cell.mode,
        "kind": kind_of(cell.dimension),
        "samples": "valid",
    }
    by_degree = {one.cell.degree: one for one in attacks}
    alive: NDArray[np.bool_] = np.ones(texts, dtype=bool)
    results, accuracies = [], []

    def add(metric: str, value: float, n: int, error: float | None, **more: Any) -> None:
        results.append(Result(SYSTEM, model, dataset, "all", metric, value, n, told | more, error))

    for degree in sorted(degrees):
        one = by_degree.get(degree)
        if one is not None:
            alive[one.cell.owners[one.valid > 0]] = False
            if degree > 0:
                add("attack_validity_rate", *_rate(one.valid), degree=degree)
        value, error, n = mean(alive.astype(np.float64))
        add("accuracy", value, n, error, degree=degree)
        if degree > 0:
            accuracies.append(value)
    add("ewma", ewma(accuracies), texts, None)
    add("ewma_normalised", normalised(accuracies), texts, None)
    return results


def _rate(values: NDArray[np.float64]) -> tuple[float, int, float | None]:
    value, error, n = mean(values)
    return value, n, error
