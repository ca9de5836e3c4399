"""What a training came to at each of its points: rows and, of classes, every probability; on disk as soon as it is known."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windward.evals.folder import write_json
from windward.evals.shift.masks import probabilities_on
from windward.evals.shift.task import Example, ShiftError, Task
from windward.evals.shift.trained import TrainedModel, measure_trained, predictions_of
from windward.evals.shift.trained.asking import all_of
from windward.rows import Result
from windward.rows.labelled import Labelled


@dataclass(frozen=True)
class Store:
    """The points of one training, in a folder: `STEP.json` and beside it `STEP.npz`.

    Attributes:
        folder: of this training alone.
        task: whose metric.
        tests: examples of each set.
    """

    folder: Path
    task: Task
    tests: Mapping[str, Sequence[Example]]

    def has(self, step: str) -> bool:
        """Whether a point was measured."""
        return (self.folder / f"{step}.json").is_file()

    def measure(self, step: str, model: TrainedModel, name: str, condition: Mapping[str, Any]) -> None:
        """Asks a model about all sets and stores what it says; a point that is there is not measured again."""
        if self.has(step):
            return
        rows: list[Result] = []
        probabilities: dict[str, NDArray[np.float32]] = {}
        for dataset, examples in self.tests.items():
            said = predictions_of(model, self.task, examples)
            rows += measure_trained(self.task, dataset, examples, said, name=name, condition=condition)
            if isinstance(said, np.ndarray):
                probabilities[dataset] = said.astype(np.float32)
        self.folder.mkdir(parents=True, exist_ok=True)
        if probabilities:
            columns = {f"set-{place}": one for place, one in enumerate(probabilities.values())}
            temporary = self.folder / f"{step}.part.npz"
            np.savez_compressed(temporary, allow_pickle=False, **columns)
            temporary.replace(self.folder / f"{step}.npz")
        write_json(self.folder / f"{step}.json", [asdict(row) for row in rows])

    def rows(self) -> list[Result]:
        """Of all points, in the order of their steps.

        Raises:
            ShiftError: a file was damaged.
        """
        return [row for path in sorted(self.folder.glob("*.json")) for row in self.at(path.stem)]

    def at(self, step: str) -> list[Result]:
        """Of one point.

        Raises:
            ShiftError: its file was damaged.
        """
        path = self.folder / f"{step}.json"
        try:
            return [Result(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
        except (ValueError, TypeError) as error:
            raise ShiftError(
                f"{path} is damaged ({error}): delete it, and run the same command again"
            ) from error

    def correct(self, step: str) -> dict[str, list[bool]]:
        """Whether each text of each set was right at a point; empty for other tasks than classification."""
        path = self.folder / f"{step}.npz"
        if not path.is_file():
            return {}
        found = {}
        with np.load(path, allow_pickle=False) as stored:
            for place, (dataset, examples) in enumerate(self.tests.items()):
                chosen = probabilities_on(self.task, dataset, stored[f"set-{place}"]).argmax(axis=1)
                merged = self.task.merged.get(dataset, {})
                texts = all_of(Labelled, self.task, examples)
                labels = [self.task.labels[one.label] for one in texts]
                wanted = [self.task.labels.index(merged.get(label, label)) for label in labels]
                found[dataset] = [bool(right) for right in chosen == np.array(wanted)]
        return found
