"""Rule-based tests: n perturbations of each text, made without a look at the model (RobTest, section 3).

    average    the mean over texts of the share of their samples that the model has right
    worst      the share of texts that it has right in all samples, at this degree and at every lower one

A text that is lost at a degree stays lost at higher ones, so that the worst case falls with the degree by definition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from windward.evals.robtest.classifier import Asked
from windward.evals.robtest.dimension import Dimension, perturb_sentence
from windward.evals.robtest.perturbed import Mode, Perturbed
from windward.evals.robtest.sentence import Sentence

BATCH = 2_048
"""Samples that are predicted at a time."""


@dataclass(frozen=True, eq=False)
class Cell:
    """One dimension in one mode at one degree.

    Attributes:
        dimension: its name.
        mode: general or malicious.
        degree: that was asked for.
        wanted: samples a text.
        owners: place of each sample's text among the texts, [m], rising.
        samples: texts and edits, m of them.
        probabilities: what the model said of each, [m, classes].
    """

    dimension: str
    mode: Mode
    degree: float
    wanted: int
    owners: NDArray[np.intp]
    samples: tuple[Perturbed, ...]
    probabilities: NDArray[np.float64]

    def right(self, labels: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Whether the model has each sample right, [m]; of equal probabilities the first class is its choice."""
        chosen: NDArray[np.bool_] = self.probabilities.argmax(axis=1) == labels[self.owners]
        return chosen


def cell(
    asked: Asked,
    dimension: Dimension,
    mode: Mode,
    degree: float,
    sentences: Sequence[Sentence],
    *,
    n: int,
    seed: int,
) -> Cell:
    """Perturbs each text `n` times and asks the model."""
    owners: list[int] = []
    samples: list[Perturbed] = []
    for place, sentence in enumerate(sentences):
        found = perturb_sentence(dimension, sentence, degree, n=n, mode=mode, seed=seed).samples
        owners += [place] * len(found)
        samples += found
    texts = [sample.text for sample in samples]
    rows = [asked.predict(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
    return Cell(
        dimension.name, mode, degree, n, np.array(owners, dtype=np.intp), tuple(samples), np.concatenate(rows)
    )


def averages(
    one: Cell, labels: NDArray[np.intp], keep: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """The share of each text's samples that is right, [n]; NaN for a text without a sample (that is kept)."""
    keep = np.ones(len(one.owners), dtype=bool) if keep is None else keep
    owners = one.owners[keep]
    counts = np.bincount(owners, minlength=len(labels))
    right = np.bincount(owners, weights=one.right(labels)[keep], minlength=len(labels))
    with np.errstate(invalid="ignore"):
        return np.asarray(right / counts)


def survivors(
    cells: Sequence[Cell], labels: NDArray[np.intp], keep: Mapping[float, NDArray[np.bool_]] | None = None
) -> dict[float, NDArray[np.bool_]]:
    """For each degree, which texts are right in all samples up to it, [n].

    Args:
        cells: of one dimension and mode.
        labels: of the texts, [n].
        keep: for each degree, which samples count (the valid ones); None is all.
    """
    alive = np.ones(len(labels), dtype=bool)
    found = {}
    for one in sorted(cells, key=lambda one: one.degree):
        wrong = ~one.right(labels)
        if keep is not None:
            wrong &= keep[one.degree]
        alive = alive.copy()
        alive[one.owners[wrong]] = False
        found[one.degree] = alive
    return found
