"""The score-based part of `windward eval robtest`: every cell that is not stored yet, of the first texts of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from windward.evals.robtest.classifier import Asked, Classifier
from windward.evals.robtest.dimension import Dimension, RobTestError
from windward.evals.robtest.perturbed import Mode
from windward.evals.robtest.score_based import ScoreCell, score_cell
from windward.evals.robtest.score_based_results import score_results
from windward.evals.robtest.score_based_shards import FOLDER, read_score_cell, write_score_cell
from windward.evals.robtest.searches import SEARCHES
from windward.evals.robtest.sentence import Sentence
from windward.rows import Result


@dataclass(frozen=True)
class SearchRun:
    """What is searched.

    Attributes:
        search: a name of `SEARCHES`.
        budget: queries a text and degree at most; None is no limit.
        texts: the first texts of the run, at most; None is all.
    """

    search: str = "greedy"
    budget: int | None = 500
    texts: int | None = None

    def __post_init__(self) -> None:
        if self.search not in SEARCHES:
            raise RobTestError(f"there is no search {self.search!r}; there are {', '.join(SEARCHES)}")
        if self.budget is not None and self.budget < 1:
            raise RobTestError(f"a budget of {self.budget} queries allows none: give 1 at least")

    def curve(
        self,
        classifier: Classifier,
        dimension: Dimension,
        mode: Mode,
        degrees: Sequence[float],
        sentences: Sequence[Sentence],
        labels: Sequence[int],
        classes: Sequence[str],
        out: Path,
        *,
        dataset: str,
        seed: int,
    ) -> list[Result]:
        """Attacks degree by degree; a cell that is stored is not attacked again.

        Answers are remembered within a curve: what a search asks at several degrees goes to the model once, and is counted in each.
        """
        asked = Asked(classifier)
        sentences, labels = sentences[: self.texts], labels[: self.texts]
        cells: list[ScoreCell] = []
        lost: set[int] = set()
        for degree in sorted(degrees):
            one = read_score_cell(out / FOLDER, dimension.name, mode, degree, self.search)
            if one is None:
                one = score_cell(
                    asked,
                    dimension,
                    mode,
                    degree,
                    sentences,
                    labels,
                    search=self.search,
                    budget=self.budget,
                    seed=seed,
                    lost=lost,
                )
                write_score_cell(out / FOLDER, one)
            cells.append(one)
            lost |= one.broken
        return score_results(
            cells,
            np.array(labels, dtype=np.intp),
            classes,
            model=classifier.name,
            dataset=dataset,
            seed=seed,
            budget=self.budget,
        )
