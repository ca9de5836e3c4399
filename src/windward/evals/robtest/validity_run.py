"""Validity within a run: measured curve by curve, shown to a judge and to people at the end, and kept beside the samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from windward.evals.folder import write_json
from windward.evals.robtest.adversarial import sample_id
from windward.evals.robtest.dimension import seeded
from windward.evals.robtest.rule_based import Cell
from windward.evals.robtest.sentence import Sentence
from windward.evals.robtest.sheet import Shown, read_sheet, write_sheet
from windward.evals.robtest.validity import Measured, Validity, validity_results
from windward.evals.robtest.validity_judged import judged, said_results
from windward.models import Model
from windward.rows import Result
from windward.rows.labelled import Labelled

FOLDER, RECORD = "validity", "validity.json"


@dataclass(eq=False)
class ValidityRun:
    """What a run measures, shows, and was told.

    Attributes:
        validity: how samples are measured.
        judge: a model that looks at some of them.
        sheet: a file for people: written where there is none, read where there is one.
        shown: samples that are looked at.
        measured: of these: 1, 0 or NaN, by id.
    """

    validity: Validity
    judge: Model | None = None
    sheet: Path | None = None
    shown: list[Shown] = field(default_factory=list)
    measured: dict[str, float] = field(default_factory=dict)

    def measured_cells(
        self, cells: Sequence[Cell], sentences: Sequence[Sentence], out: Path
    ) -> list[Measured]:
        """The cells, measured or found measured in the run's folder."""
        return [self.validity.measured(cell, sentences, out / FOLDER) for cell in cells]

    def curve(
        self,
        cells: Sequence[Cell],
        sentences: Sequence[Sentence],
        data: Sequence[Labelled],
        classes: Sequence[str],
        out: Path,
        *,
        model: str,
        dataset: str,
    ) -> tuple[list[Measured], list[Result]]:
        """Measures the cells of one dimension in one mode, and gives their figures."""
        found = self.measured_cells(cells, sentences, out)
        labels = np.array([one.label for one in data], dtype=np.intp)
        if self.judge is not None or self.sheet is not None:
            for one in found:
                if one.cell.degree > 0:
                    self._show(one, data, classes)
        return found, validity_results(found, labels, classes, self.validity, model=model, dataset=dataset)

    def _show(self, one: Measured, data: Sequence[Labelled], classes: Sequence[str]) -> None:
        cell = one.cell
        for place in self.validity.first(cell, len(data), self.validity.config.looked_at, own=True).tolist():
            own = data[cell.owners[place]]
            name, text = sample_id(cell, place), cell.samples[place].text
            self.shown.append(
                Shown(name, cell.dimension, cell.mode, cell.degree, own.text, text, classes[own.label])
            )
            self.measured[name] = float(one.valid[place])

    def told(self, out: Path, *, model: str, dataset: str, tell: Callable[[str], None]) -> list[Result]:
        """What a judge and people say, and the record of how validity was measured.

        Raises:
            RobTestError: the sheet is none of this run, or cannot be read.
            RowsFailedError: the judge could not be asked.
        """
        results: list[Result] = []
        seed = self.validity.seed
        record = asdict(self.validity.config) | self.validity.instruments.as_dict()
        write_json(out / RECORD, record | {"judge": self.judge.name if self.judge else ""})
        if self.sheet is not None:
            results += self._sheet(self.sheet, model=model, dataset=dataset, seed=seed, tell=tell)
        if self.judge is not None and self.shown:
            tell(f"{self.judge.name} looks at {len(self.shown):,} samples")
            said = judged(self.judge, self.shown, out)
            write_json(out / "judged.json", said)
            results += said_results(
                self.shown, said, self.measured, "judge", model=model, dataset=dataset, seed=seed
            )
        return results

    def _sheet(
        self, path: Path, *, model: str, dataset: str, seed: int, tell: Callable[[str], None]
    ) -> list[Result]:
        if not path.exists():
            mixed = seeded(seed, "sheet").sample(self.shown, len(self.shown))
            write_sheet(path, mixed)
            tell(
                f"{path}: {len(self.shown):,} samples to look at; fill in `valid` and run the same command again"
            )
            return []
        said = read_sheet(path, self.shown)
        tell(f"{path}: {len(said):,} of {len(self.shown):,} samples were looked at")
        return said_results(self.shown, said, self.measured, "human", model=model, dataset=dataset, seed=seed)
