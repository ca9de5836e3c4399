"""How one classifier holds up: for each text, dimension and degree the share of right samples, and whether all of them are right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from windward.evals.folder import write_json
from windward.evals.robtest.classifier import Asked, Classifier
from windward.evals.robtest.dimension import Dimension
from windward.evals.robtest.rule_based import averages, cell, survivors
from windward.evals.robtest.sentence import read_sentence
from windward.rows.labelled import Labelled

AVERAGE, WORST = "average", "worst"


@dataclass(frozen=True)
class Score:
    """One dimension at one degree.

    Attributes:
        dimension: its name.
        mode: general or malicious.
        degree: that was asked for.
        average: the share of each text's samples that is right, [texts].
        worst: 1 for a text that is right as it is and in all samples up to this degree, else 0, [texts].
    """

    dimension: str
    mode: str
    degree: float
    average: tuple[float, ...]
    worst: tuple[float, ...]


@dataclass(frozen=True)
class Measured:
    """One classifier.

    Attributes:
        clean: 1 for a text that it has right as it is, else 0, [texts].
        scores: by dimension and degree.
        queries: texts that it was given.
    """

    clean: tuple[float, ...]
    scores: tuple[Score, ...]
    queries: int


def measured(
    victim: Classifier,
    data: Sequence[Labelled],
    dimensions: Sequence[Dimension],
    degrees: Sequence[float],
    *,
    samples: int,
    seed: int,
) -> Measured:
    """Asks a classifier of every sample, each dimension in its first mode; the same seed gives every classifier the same samples."""
    labels = np.array([one.label for one in data], dtype=np.intp)
    sentences = [read_sentence(one.text) for one in data]
    asked = Asked(victim)
    clean = asked.predict([one.text for one in data]).argmax(axis=1) == labels
    scores = []
    for dimension in dimensions:
        mode = dimension.modes[0]
        cells = [
            cell(asked, dimension, mode, degree, sentences, n=samples, seed=seed)
            for degree in sorted({0.0, *degrees})
        ]
        alive = survivors(cells, labels)
        for one in cells:
            if one.degree > 0:
                average, worst = averages(one, labels), alive[one.degree].astype(float)
                scores.append(
                    Score(dimension.name, mode, one.degree, tuple(average.tolist()), tuple(worst.tolist()))
                )
    return Measured(tuple(clean.astype(float).tolist()), tuple(scores), asked.queries)


def write_measured(path: Path, found: Measured) -> None:
    """Writes what was measured, whole or not at all."""
    path.parent.mkdir(exist_ok=True)
    write_json(path, asdict(found))


def read_measured(path: Path) -> Measured:
    """Reads it back."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    scores = tuple(
        Score(**one | {"average": tuple(one["average"]), "worst": tuple(one["worst"])})
        for one in stored["scores"]
    )
    return Measured(tuple(stored["clean"]), scores, stored["queries"])
