"""`windward eval robtest`: every dimension at every degree, asked of one model. Killed at any point, it goes on where it was."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windward.evals.folder import claim
from windward.evals.robtest.adversarial import FILE, Adversarial, adversarial, write_adversarial
from windward.evals.robtest.classifier import Asked, Classifier
from windward.evals.robtest.dimension import Dimension, RobTestError
from windward.evals.robtest.dimensions import DIMENSIONS
from windward.evals.robtest.perturbed import DEGREES, Mode
from windward.evals.robtest.results import SYSTEM, curve_results
from windward.evals.robtest.rule_based import Cell, cell
from windward.evals.robtest.score_based_run import SearchRun
from windward.evals.robtest.sentence import Sentence, read_sentence
from windward.evals.robtest.shards import read_cell, write_cell
from windward.evals.robtest.side_by_side import side_by_side
from windward.evals.robtest.validity import Measured
from windward.evals.robtest.validity_attacks import attack_results, measured_attacks, successes
from windward.evals.robtest.validity_run import ValidityRun
from windward.reports.robtest import write_robtest_report
from windward.rows import Result, write_results
from windward.rows.labelled import Labelled

PROTOCOL = "1"
"""Changes with what is drawn of the same seed, or how it is counted."""
SAMPLES, RESULTS, TEXTS = "samples", "results.parquet", "texts.jsonl"


@dataclass(frozen=True)
class RobTestConfig:
    """What is tried.

    Attributes:
        dimensions: by name; empty is all that there are.
        degrees: of the protocol; 0 is always among them.
        samples: of each text, dimension and degree; the paper takes up to 100.
        keep: words that no dimension touches.
        seed: of all draws.
    """

    dimensions: tuple[str, ...] = ()
    degrees: tuple[float, ...] = DEGREES
    samples: int = 10
    keep: tuple[str, ...] = ()
    seed: int = 0

    def chosen(self) -> list[Dimension]:
        """The dimensions.

        Raises:
            RobTestError: there is none of a name.
        """
        names = self.dimensions or tuple(DIMENSIONS)
        if unknown := [name for name in names if name not in DIMENSIONS]:
            raise RobTestError(f"there is no dimension {unknown[0]!r}; there are {', '.join(DIMENSIONS)}")
        return [DIMENSIONS[name]() for name in dict.fromkeys(names)]


def measure(
    classifier: Classifier,
    data: Sequence[Labelled],
    classes: Sequence[str],
    config: RobTestConfig,
    out: Path,
    *,
    dataset: str,
    validity: ValidityRun | None = None,
    search: SearchRun | None = None,
    jobs: int = 1,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> list[Result]:
    """Asks the model of every cell that is not stored yet, and writes `results.parquet`, `adversarial.parquet` and `report.html`.

    Args:
        classifier: the victim.
        data: texts and labels.
        classes: names of the classes, in the order of the victim's columns.
        config: see `RobTestConfig`.
        out: new, empty, or a folder of the same run.
        dataset: its name.
        validity: how the validity of samples is measured; None measures none.
        search: the score-based attacks; None makes none.
        jobs: curves at a time, in processes of their own; each has a copy of the victim, which must not have threads of its own.
        command: how it was called, for the record.
        tell: shows a line of progress.

    Raises:
        RobTestError: a dimension lacks its resource, or the victim gives no probabilities.
        FolderError: the folder holds something else.
    """
    dimensions = config.chosen()
    settings: dict[str, Any] = {
        "model": classifier.name,
        "dataset": dataset,
        "texts": _digest(data),
        "classes": list(classes),
    }
    resources = {dimension.name: dimension.resource for dimension in dimensions}
    settings |= asdict(config) | {"resources": resources, "protocol": PROTOCOL}
    claim(SYSTEM, out, settings | ({"search": asdict(search)} if search else {}), command)
    _write_texts(out / TEXTS, data)
    sentences = [read_sentence(one.text, config.keep) for one in data]
    labels = np.array([one.label for one in data], dtype=np.intp)
    if labels.max() >= len(classes):
        raise RobTestError(
            f"label {labels.max()} has no class: the model has {len(classes)}, from 0 ({', '.join(classes)})"
        )
    degrees = sorted({0.0, *config.degrees})
    if jobs > 1:
        _ahead(
            classifier,
            dimensions,
            degrees,
            sentences,
            labels,
            classes,
            config,
            search,
            out,
            dataset,
            jobs,
            tell,
        )
    asked = Asked(classifier)
    results: list[Result] = []
    broken: list[Adversarial] = []
    for dimension in dimensions:
        for mode in dimension.modes:
            started = time.monotonic()
            cells = [
                _stored_or_asked(asked, dimension, mode, degree, sentences, config, out / SAMPLES)
                for degree in degrees
            ]
            _check_columns(cells, classes, classifier.name)
            rows = curve_results(
                cells, labels, classes, model=classifier.name, dataset=dataset, seed=config.seed
            )
            results += rows
            measured: list[Measured] | None = None
            if validity is not None:
                measured, more = validity.curve(
                    cells, sentences, data, classes, out, model=classifier.name, dataset=dataset
                )
                results += more
            broken += _broken(cells, measured, data, cells[0], classes)
            if search is not None:
                attacked = search.curve(
                    classifier,
                    dimension,
                    mode,
                    degrees,
                    sentences,
                    labels.tolist(),
                    classes,
                    out,
                    dataset=dataset,
                    seed=config.seed,
                )
                rows, results = rows + attacked, results + attacked
                found = successes(out, dimension.name, mode, degrees, search.search, len(classes))
                checked: list[Measured] | None = None
                if validity is not None:
                    checked = measured_attacks(found, sentences, validity.validity, out)
                    results += attack_results(
                        checked,
                        degrees,
                        len(data[: search.texts]),
                        model=classifier.name,
                        dataset=dataset,
                        search=search.search,
                    )
                broken += _broken(found, checked, data, cells[0], classes, search.search)
            write_results(out / RESULTS, results)
            tell(_told(rows, dimension.name, mode, time.monotonic() - started))
    if validity is not None:
        results += validity.told(out, model=classifier.name, dataset=dataset, tell=tell)
    write_results(out / RESULTS, results)
    write_adversarial(out / FILE, broken)
    write_robtest_report(out)
    return results


def _ahead(
    classifier: Classifier,
    dimensions: Sequence[Dimension],
    degrees: Sequence[float],
    sentences: Sequence[Sentence],
    labels: NDArray[np.intp],
    classes: Sequence[str],
    config: RobTestConfig,
    search: SearchRun | None,
    out: Path,
    dataset: str,
    jobs: int,
    tell: Callable[[str], None],
) -> None:
    """Stores every cell and every attack that is missing, several curves at a time."""

    def curve(one: tuple[Dimension, Mode]) -> None:
        dimension, mode = one
        asked = Asked(classifier)
        for degree in degrees:
            _stored_or_asked(asked, dimension, mode, degree, sentences, config, out / SAMPLES)
        if search is not None:
            search.curve(
                classifier, dimension, mode, degrees, sentences, labels.tolist(), classes, out,
                dataset=dataset, seed=config.seed,
            )  # fmt: skip
        tell(f"{dimension.name}, {mode}: asked")

    side_by_side(curve, [(one, mode) for one in dimensions for mode in one.modes], jobs)


def _check_columns(cells: Sequence[Cell], classes: Sequence[str], name: str) -> None:
    found = cells[0].probabilities.shape[1]
    if found != len(classes):
        raise RobTestError(
            f"{name} gives {found} probabilities a text, and there are {len(classes)} classes ({', '.join(classes)}): name each column once"
        )


def _broken(
    cells: Sequence[Cell],
    measured: Sequence[Measured] | None,
    data: Sequence[Labelled],
    clean: Cell,
    classes: Sequence[str],
    attack: str = "rule",
) -> list[Adversarial]:
    labels = np.array([one.label for one in data], dtype=np.intp)
    right = np.zeros(len(data), dtype=bool)
    right[clean.owners] = clean.right(labels)
    found = []
    for place, one in enumerate(cells):
        if one.degree > 0:
            valid = measured[place].valid if measured else None
            found += adversarial(one, data, right, classes, valid, attack)
    return found


def _stored_or_asked(
    asked: Asked,
    dimension: Dimension,
    mode: Mode,
    degree: float,
    sentences: Sequence[Sentence],
    config: RobTestConfig,
    folder: Path,
) -> Cell:
    stored = read_cell(folder, dimension.name, mode, degree, config.samples)
    if stored is not None:
        return stored
    made = cell(asked, dimension, mode, degree, sentences, n=config.samples, seed=config.seed)
    write_cell(folder, made)
    return made


def _told(rows: Sequence[Result], dimension: str, mode: Mode, seconds: float) -> str:
    totals = {row.condition["case"]: row.value for row in rows if row.metric == "ewma_normalised"}
    shown = ", ".join(f"{case} {value:.3f}" for case, value in totals.items())
    return f"{dimension}, {mode}: {shown} ({seconds:.0f} s)"


def _digest(data: Sequence[Labelled]) -> str:
    text = json.dumps([asdict(one) for one in data])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _write_texts(path: Path, data: Sequence[Labelled]) -> None:
    temporary = path.with_suffix(".part")
    temporary.write_text("".join(json.dumps(asdict(one)) + "\n" for one in data), encoding="utf-8")
    temporary.replace(path)
