"""`windward eval robtest`: every dimension at every degree, asked of one model. Killed at any point, it goes on where it was."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from windward.evals.folder import claim
from windward.evals.robtest.adversarial import FILE, Adversarial, write_adversarial
from windward.evals.robtest.classifier import Asked, Classifier
from windward.evals.robtest.curves import Curves
from windward.evals.robtest.dimension import Dimension, RobTestError
from windward.evals.robtest.dimensions import DIMENSIONS
from windward.evals.robtest.perturbed import DEGREES, Mode
from windward.evals.robtest.results import SYSTEM
from windward.evals.robtest.score_based_run import SearchRun
from windward.evals.robtest.sentence import read_sentence
from windward.evals.robtest.validity_run import ValidityRun
from windward.evals.side_by_side import side_by_side
from windward.reports.robtest import write_robtest_report
from windward.rows import Result, write_results
from windward.rows.labelled import Labelled

PROTOCOL = "1"
"""Changes with what is drawn of the same seed, or how it is counted."""
RESULTS, TEXTS = "results.parquet", "texts.jsonl"


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
        EndedError: a process ended from outside.
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
    if (highest := max(one.label for one in data)) >= len(classes):
        raise RobTestError(
            f"label {highest} has no class: the model has {len(classes)}, from 0 ({', '.join(classes)})"
        )
    curves = Curves(
        classifier, data, [read_sentence(one.text, config.keep) for one in data], classes,
        sorted({0.0, *config.degrees}), config.samples, config.seed, out, dataset, validity, search,
    )  # fmt: skip
    pairs = [(dimension, mode) for dimension in dimensions for mode in dimension.modes]
    if jobs > 1:
        side_by_side(lambda pair: _stored(curves, *pair, tell), pairs, jobs)
    asked = Asked(classifier)
    results: list[Result] = []
    broken: list[Adversarial] = []
    for dimension, mode in pairs:
        started = time.monotonic()
        found = curves.curve(dimension, mode, asked)
        results += found.results
        broken += found.broken
        write_results(out / RESULTS, results)
        tell(_told(found.totals, dimension.name, mode, time.monotonic() - started))
    if validity is not None:
        results += validity.told(out, model=classifier.name, dataset=dataset, tell=tell)
    write_results(out / RESULTS, results)
    write_adversarial(out / FILE, broken)
    write_robtest_report(out)
    return results


def _stored(curves: Curves, dimension: Dimension, mode: Mode, tell: Callable[[str], None]) -> None:
    curves.store(dimension, mode)
    tell(f"{dimension.name}, {mode}: asked")


def _told(rows: Sequence[Result], dimension: str, mode: Mode, seconds: float) -> str:
    totals = {row.condition["case"]: row.value for row in rows if row.metric == "ewma_normalised"}
    shown = ", ".join(f"{case} {value:.3f}" for case, value in totals.items())
    return f"{dimension}, {mode}: {shown} ({seconds:.0f} s)"


def _digest(data: Sequence[Labelled]) -> str:
    text = json.dumps([one.as_dict() for one in data])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _write_texts(path: Path, data: Sequence[Labelled]) -> None:
    temporary = path.with_suffix(".part")
    temporary.write_text("".join(json.dumps(one.as_dict()) + "\n" for one in data), encoding="utf-8")
    temporary.replace(path)
