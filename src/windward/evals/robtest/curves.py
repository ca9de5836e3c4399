"""One dimension in one mode over all degrees: its cells, its attacks, how valid they are, and the figures of all that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from windward.evals.robtest.adversarial import Adversarial, adversarial
from windward.evals.robtest.classifier import Asked, Classifier
from windward.evals.robtest.dimension import Dimension, RobTestError
from windward.evals.robtest.perturbed import Mode
from windward.evals.robtest.results import curve_results
from windward.evals.robtest.rule_based import Cell, cell
from windward.evals.robtest.score_based_run import SearchRun
from windward.evals.robtest.sentence import Sentence
from windward.evals.robtest.shards import read_cell, write_cell
from windward.evals.robtest.validity import Measured
from windward.evals.robtest.validity_attacks import attack_results, measured_attacks, successes
from windward.evals.robtest.validity_run import ValidityRun
from windward.rows import Result
from windward.rows.labelled import Labelled

SAMPLES = "samples"


@dataclass(frozen=True)
class Curve:
    """What one curve came to.

    Attributes:
        results: all of its rows.
        totals: those of them that sum the curve up.
        broken: samples and attacks that broke the victim.
    """

    results: tuple[Result, ...]
    totals: tuple[Result, ...]
    broken: tuple[Adversarial, ...]


@dataclass(frozen=True, eq=False)
class Curves:
    """What the curves of a run share.

    Attributes:
        classifier: the victim.
        data: texts and labels.
        sentences: the texts, read.
        classes: names of the classes, in the order of the victim's columns.
        degrees: rising, 0 first.
        samples: of each text and degree.
        seed: of all draws.
        out: folder of the run.
        dataset: its name.
        validity: how validity is measured; None measures none.
        search: the score-based attacks; None makes none.
    """

    classifier: Classifier
    data: Sequence[Labelled]
    sentences: Sequence[Sentence]
    classes: Sequence[str]
    degrees: Sequence[float]
    samples: int
    seed: int
    out: Path
    dataset: str
    validity: ValidityRun | None = None
    search: SearchRun | None = None

    @property
    def labels(self) -> NDArray[np.intp]:
        """Of the texts, [n]."""
        return np.array([one.label for one in self.data], dtype=np.intp)

    def store(self, dimension: Dimension, mode: Mode) -> None:
        """Asks for every cell and every attack that is not stored, measures the samples, and stores it all."""
        cells = self._cells(dimension, mode, Asked(self.classifier))
        if self.validity is not None:
            self.validity.measured_cells(cells, self.sentences, self.out)
        self._attacked(dimension, mode)

    def curve(self, dimension: Dimension, mode: Mode, asked: Asked) -> Curve:
        """The figures of a curve; what is not stored is asked for first.

        Raises:
            RobTestError: the victim has other columns than there are classes.
        """
        cells = self._cells(dimension, mode, asked)
        named = {"model": self.classifier.name, "dataset": self.dataset}
        totals = curve_results(
            cells, self.labels, self.classes, model=self.classifier.name, dataset=self.dataset, seed=self.seed
        )
        more: list[Result] = []
        measured: list[Measured] | None = None
        if self.validity is not None:
            measured, more = self.validity.curve(
                cells, self.sentences, self.data, self.classes, self.out, **named
            )
        broken = self._broken(cells, measured, cells[0], "rule")
        if self.search is not None:
            totals += self._attacked(dimension, mode)
            found = successes(
                self.out, dimension.name, mode, self.degrees, self.search.search, len(self.classes)
            )
            checked: list[Measured] | None = None
            if self.validity is not None:
                checked = measured_attacks(found, self.sentences, self.validity.validity, self.out)
                attacked = len(self.data[: self.search.texts])
                more += attack_results(checked, self.degrees, attacked, search=self.search.search, **named)
            broken += self._broken(found, checked, cells[0], self.search.search)
        return Curve((*totals, *more), tuple(totals), tuple(broken))

    def _cells(self, dimension: Dimension, mode: Mode, asked: Asked) -> list[Cell]:
        folder, cells = self.out / SAMPLES, []
        for degree in self.degrees:
            one = read_cell(folder, dimension.name, mode, degree, self.samples)
            if one is None:
                one = cell(asked, dimension, mode, degree, self.sentences, n=self.samples, seed=self.seed)
                write_cell(folder, one)
            cells.append(one)
        if (found := cells[0].probabilities.shape[1]) != len(self.classes):
            raise RobTestError(
                f"{self.classifier.name} gives {found} probabilities a text, and there are {len(self.classes)} classes "
                f"({', '.join(self.classes)}): name each column once"
            )
        return cells

    def _attacked(self, dimension: Dimension, mode: Mode) -> list[Result]:
        if self.search is None:
            return []
        return self.search.curve(
            self.classifier, dimension, mode, self.degrees, self.sentences, self.labels.tolist(), self.classes,
            self.out, dataset=self.dataset, seed=self.seed,
        )  # fmt: skip

    def _broken(
        self, cells: Sequence[Cell], measured: Sequence[Measured] | None, clean: Cell, attack: str
    ) -> list[Adversarial]:
        """Samples that are wrong though their text is right as it is."""
        right = np.zeros(len(self.data), dtype=bool)
        right[clean.owners] = clean.right(self.labels)
        found = []
        for place, one in enumerate(cells):
            if one.degree > 0:
                valid = measured[place].valid if measured else None
                found += adversarial(one, self.data, right, self.classes, valid, attack)
        return found
