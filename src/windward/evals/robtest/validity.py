"""Are the samples still valid? Measured at every degree, and the model's accuracy over the valid ones.

Changes of form (typo, glyph, phonetic) are valid where a reader can restore the text: enough of its words are legible (`legible`).
Additions (distraction) are valid where the text stands there whole; what is added is neutral by its making. All other changes are valid
where the text still means the same: an encoder finds both similar, and enough words are kept. The encoder is never the victim itself. No
threshold was tuned on anybody's judgement: a judge or a sheet filled by people says how far they are right.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from math import isnan, nan, sqrt
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from windward.evals.robtest.dimension import seeded
from windward.evals.robtest.results import SYSTEM, curve_results
from windward.evals.robtest.rule_based import Cell
from windward.evals.robtest.sentence import Sentence
from windward.evals.robtest.validity_forms import legible
from windward.evals.robtest.validity_measures import (
    Encoder,
    Reader,
    edit_distances,
    fluencies,
    similarities,
    words_kept,
)
from windward.evals.robtest.validity_store import MEASURES, read_measures, write_measures
from windward.rows import Result

FORMS = frozenset({"typo", "glyph", "phonetic"})
"""Dimensions that change how words are written."""
ADDITIONS = frozenset({"distraction"})
"""Dimensions that leave the text whole and add to it; all others change which words stand there, or in which order."""
Kind = Literal["form", "addition", "meaning"]
KINDS: tuple[Kind, ...] = ("form", "addition", "meaning")
VERSION = 4
"""Changes with how a measure is computed."""


@dataclass(frozen=True)
class ValidityConfig:
    """What is measured, and what counts as valid.

    Attributes:
        everything: similarity of every sample; else of those of some texts, drawn by the seed.
        samples: of a cell, about, whose similarity is computed where it decides.
        described: the same where it decides nothing (changes of form, additions).
        fluency: samples of a cell whose fluency is computed; slow, about three texts a second on two cores.
        looked_at: samples of a cell that a judge or a person looks at.
        edits: share of a word's characters that may differ, rounded up.
        legible: share of a text's words that must be legible after a change of form.
        similarity: cosine that a change of meaning must keep.
        kept: share of words that it must keep, in their order.
    """

    everything: bool = False
    samples: int = 500
    described: int = 100
    fluency: int = 0
    looked_at: int = 5
    edits: float = 1 / 3
    legible: float = 0.9
    similarity: float = 0.8
    kept: float = 0.4


@dataclass(frozen=True)
class Instruments:
    """What measures.

    Attributes:
        encoder: of similarity; None measures none, and then no change of meaning is called valid or not.
        kinship: what the encoder has in common with the victim, in a sentence; "" for nothing known.
        reader: of fluency.
    """

    encoder: Encoder | None = None
    kinship: str = ""
    reader: Reader | None = None

    def as_dict(self) -> dict[str, str]:
        """Their names, for the record."""
        return {
            "encoder": self.encoder.name if self.encoder else "",
            "kinship": self.kinship,
            "reader": self.reader.name if self.reader else "",
        }


@dataclass(frozen=True, eq=False)
class Measured:
    """The samples of a cell.

    Attributes:
        cell: whose.
        values: figures by measure, [m]; NaN where it was not measured.
        valid: 1, 0, or NaN where it is not known, [m].
    """

    cell: Cell
    values: Mapping[str, NDArray[np.float64]]
    valid: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Validity:
    """How samples are measured; one for all cells of a run."""

    config: ValidityConfig
    instruments: Instruments
    seed: int = 0
    _vectors: dict[str, NDArray[np.float32]] = field(default_factory=dict, repr=False)

    def texts(self, n: int, count: int) -> NDArray[np.intp]:
        """`count` places among n texts, rising; those of a smaller count are among those of a larger one."""
        order = random.Random(self.seed).sample(range(n), n)
        return np.array(sorted(order[: max(1, count)]), dtype=np.intp)

    def known(self, dimension: str, n: int, wanted: int) -> NDArray[np.intp]:
        """Places of the texts whose samples are all called valid or not."""
        if kind_of(dimension) != "meaning" or self.config.everything:
            return np.arange(n)
        if self.instruments.encoder is None:
            return np.zeros(0, dtype=np.intp)
        return self.texts(n, self.config.samples // wanted)

    def measured(self, cell: Cell, sentences: Sequence[Sentence], folder: Path) -> Measured:
        """Measures a cell, or finds it measured in the folder."""
        key = self._key()
        values = read_measures(folder, cell, key)
        if values is None:
            values = self._measure(cell, sentences)
            write_measures(folder, cell, key, values)
        return Measured(cell, values, valid(cell, values, self.config))

    def _key(self) -> str:
        told = asdict(self.config)
        asked = [told[name] for name in ("everything", "samples", "described", "fluency", "edits")]
        return repr((VERSION, asked, self.seed, self.instruments.as_dict()))

    def _measure(self, cell: Cell, sentences: Sequence[Sentence]) -> dict[str, NDArray[np.float64]]:
        n, owners = len(sentences), cell.owners
        own = [sentences[owner] for owner in owners]
        originals = np.array([one.text for one in own], dtype=object)
        texts = np.array([sample.text for sample in cell.samples], dtype=object)
        values = {
            "edit_distance": edit_distances(originals.tolist(), texts.tolist()),
            "words_kept": words_kept(originals.tolist(), texts.tolist()),
            "legible": np.full(len(texts), nan),
            "similarity": np.full(len(texts), nan),
            "fluency": np.full(len(texts), nan),
        }
        decides = kind_of(cell.dimension) == "meaning"
        if kind_of(cell.dimension) == "form":
            values["legible"] = legible(
                cell.samples, own, self.config.edits, by_sound=cell.dimension == "phonetic"
            )
        if self.instruments.encoder is not None:
            count = (self.config.samples if decides else self.config.described) // cell.wanted
            chosen = (
                np.ones(len(texts), dtype=bool)
                if self.config.everything
                else np.isin(owners, self.texts(n, count))
            )
            values["similarity"][chosen] = similarities(
                self.instruments.encoder, originals[chosen].tolist(), texts[chosen].tolist(), self._vectors
            )
        if self.instruments.reader is not None and self.config.fluency:
            first = self.first(cell, n, self.config.fluency)
            values["fluency"][first] = fluencies(
                self.instruments.reader, originals[first].tolist(), texts[first].tolist()
            )
        return values

    def first(self, cell: Cell, n: int, count: int, *, own: bool = False) -> NDArray[np.intp]:
        """Places of the first samples of `count` texts, and where there are fewer texts of further ones of them.

        Args:
            cell: whose samples.
            n: texts.
            count: samples at most; those that are as their text was do not count.
            own: whether each cell has texts of its own, so that nobody reads one text over and over; else all have the same.
        """
        drawn = seeded(self.seed, cell.dimension, cell.mode, cell.degree) if own else random.Random(self.seed)
        rank = {text: place for place, text in enumerate(drawn.sample(range(n), n))}
        seen: dict[int, int] = {}
        order = []
        for place, owner in enumerate(cell.owners.tolist()):
            order.append((seen.get(owner, 0), rank[owner], place))
            seen[owner] = seen.get(owner, 0) + 1
        changed = [one for one in sorted(order) if cell.samples[one[2]].edits]
        return np.array(sorted(place for *_, place in changed[:count]), dtype=np.intp)


def kind_of(dimension: str) -> Kind:
    """What a dimension changes."""
    if dimension in FORMS:
        return "form"
    return "addition" if dimension in ADDITIONS else "meaning"


def valid(
    cell: Cell, values: Mapping[str, NDArray[np.float64]], config: ValidityConfig
) -> NDArray[np.float64]:
    """Whether each sample is valid: 1, 0, or NaN where its similarity was not measured, [m]. A text as it was is valid."""
    same = np.array([not sample.edits for sample in cell.samples])
    kind = kind_of(cell.dimension)
    if kind == "addition":
        found = (values["words_kept"] >= 1 - 1e-9).astype(np.float64)
    elif kind == "form":
        found = (values["legible"] >= config.legible - 1e-9).astype(np.float64)
    else:
        close, kept = values["similarity"] >= config.similarity, values["words_kept"] >= config.kept - 1e-9
        found = np.where(np.isnan(values["similarity"]), nan, (close & kept).astype(np.float64))
    return np.where(same & ~np.isnan(found), 1.0, found)


def validity_results(
    curve: Sequence[Measured],
    labels: NDArray[np.intp],
    classes: Sequence[str],
    validity: Validity,
    *,
    model: str,
    dataset: str,
) -> list[Result]:
    """Figures of one dimension in one mode.

    By degree, over the samples that were measured: the mean of each measure, and `validity_rate`, with standard errors over texts.
    Then `accuracy` and totals over the texts of which all samples are called valid or not: once of their valid samples
    (`samples: valid`), once of all of them (`samples: measured`).
    """
    cells = [one.cell for one in curve]
    told: dict[str, Any] = {
        "attack": "rule",
        "dimension": cells[0].dimension,
        "mode": cells[0].mode,
        "kind": kind_of(cells[0].dimension),
        "samples": "measured",
    }
    results = []
    for one in curve:
        if one.cell.degree == 0:
            continue
        for name, values in [*one.values.items(), ("validity_rate", one.valid)]:
            if (figure := clustered(values, one.cell.owners)) is not None:
                mean, error, n = figure
                condition = told | {"degree": one.cell.degree}
                results.append(Result(SYSTEM, model, dataset, "all", name, mean, n, condition, error))
    texts = validity.known(cells[0].dimension, len(labels), cells[0].wanted)
    if not len(texts):
        return results
    kept = [among(one, texts) for one in curve]
    own = [one.cell for one in kept]
    keep = {one.cell.degree: one.valid > 0 for one in kept}
    for name, samples in (("valid", keep), ("measured", None)):
        rows = curve_results(
            own, labels[texts], classes, model=model, dataset=dataset, seed=validity.seed, keep=samples
        )
        results += [
            replace(row, condition=row.condition | {"samples": name, "kind": told["kind"]})
            for row in rows
            if row.metric in ("accuracy", "ewma", "ewma_normalised")
        ]
    return results


def among(one: Measured, texts: NDArray[np.intp]) -> Measured:
    """The samples of some texts, which are counted anew from 0."""
    chosen = np.isin(one.cell.owners, texts)
    if one.cell.degree == 0:
        valid = np.ones(int(chosen.sum()))
    else:
        valid = one.valid[chosen]
    cell = replace(
        one.cell,
        owners=np.searchsorted(texts, one.cell.owners[chosen]),
        samples=tuple(one.cell.samples[place] for place in np.flatnonzero(chosen)),
        probabilities=one.cell.probabilities[chosen],
    )
    return Measured(cell, {name: one.values[name][chosen] for name in MEASURES}, valid)


def clustered(
    values: NDArray[np.float64], owners: NDArray[np.intp]
) -> tuple[float, float | None, int] | None:
    """Mean, standard error over texts (samples of one text are alike), and n of the values that are there; None where none is."""
    there = ~np.isnan(values)
    n = int(there.sum())
    if not n:
        return None
    mean = float(values[there].mean())
    _, text = np.unique(owners[there], return_inverse=True)
    sums = np.bincount(text, weights=values[there] - mean)
    if len(sums) < 2:
        return mean, None, n
    error = sqrt(float((sums**2).sum()) * len(sums) / (len(sums) - 1)) / n
    return mean, None if isnan(error) else error, n
