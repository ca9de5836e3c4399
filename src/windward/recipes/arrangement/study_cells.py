"""The runs of a study: rows written in their order, trained on, each checkpoint measured, weights thrown away."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from windward.arrangement import Plan
from windward.evals.dynamics import RunCurve, TestRow
from windward.evals.dynamics.measure import DynamicsSettings, digest_of_tests, measure_run
from windward.evals.dynamics.table import SYSTEM
from windward.evals.folder import claim
from windward.evals.side_by_side import side_by_side
from windward.models.fingerprint import fingerprint
from windward.recipes.arrangement.texts import ArrangeError
from windward.rows.arranged import prompt_digest, with_note
from windward.training import SFTConfig, train_sft

RUNS, ROWS = "runs", "rows"


@dataclass(frozen=True, kw_only=True)
class Training:
    """How every run of a study is trained; the rate is constant.

    Attributes:
        learning_rate: AdamW's.
        batch_size: rows a step.
        checkpoint_steps: steps between two measured checkpoints.
        max_length: tokens of a row at most.
        lora_rank: of adapters; 0 trains all weights.
    """

    learning_rate: float = 1e-5
    batch_size: int = 8
    checkpoint_steps: int = 5
    max_length: int = 512
    lora_rank: int = 0

    def config(self, seed: int) -> SFTConfig:
        """Of one run."""
        return SFTConfig(**asdict(self), order="order", seed=seed)


@dataclass(frozen=True, kw_only=True)
class StudyConfig:
    """What all studies share.

    Attributes:
        seeds: replicates, two at least.
        near_duplicate: cosine to a tested row from which on a row of the pool is left out.
        encoder: of the texts.
        within: x of "first step within x of the final", a share.
        training: how each run is trained.
        measured: what is measured of a checkpoint.
    """

    seeds: tuple[int, ...] = (0, 1, 2)
    near_duplicate: float = 0.95
    encoder: str = "embedded"
    within: float = 0.05
    training: Training = field(default_factory=Training)
    measured: DynamicsSettings = field(default_factory=DynamicsSettings)

    def __post_init__(self) -> None:
        """Refuses what cannot be studied."""
        if len(set(self.seeds)) < 2 or len(set(self.seeds)) != len(self.seeds):
            raise ArrangeError(f"give two or more different seeds: {list(self.seeds)}")

    def claim(
        self, out: Path, model: Path, rows: Mapping[str, Sequence[TestRow]], command: Sequence[str]
    ) -> None:
        """Makes the folder this study's, or finds the same study in it.

        Args:
            out: the folder.
            model: the starting checkpoint.
            rows: what it reads, by name.
            command: how it was called, for the record.

        Raises:
            FolderError: the folder holds something else.
        """
        settings = asdict(self) | {"measured": self.measured.as_dict(), "model": fingerprint(model)}
        digests = {name: digest_of_tests(some) for name, some in rows.items()}
        claim(SYSTEM, out, settings | digests, command)


@dataclass(frozen=True, eq=False)
class StudyCell:
    """One run to make.

    Attributes:
        name: of the run.
        arrangement: what runs that differ in nothing but the seed share.
        seed: of the run.
        plan: places of rows in the pool, in the order in which they are seen.
        targets: target rows that the plan looked at; they go into the rows' note.
        by_task: its tasks come one after the other; where they are mixed, none is over early enough to be forgotten.
    """

    name: str
    arrangement: str
    seed: int
    plan: Plan
    targets: Sequence[TestRow] = field(default_factory=tuple)
    by_task: bool = False


@dataclass(frozen=True, eq=False)
class Study:
    """What all runs have in common.

    Attributes:
        model: the starting checkpoint.
        model_name: as the tables call it.
        pool: rows to choose from.
        tests: rows that are tested.
        out: the folder of the study.
        training: how each run is trained.
        measured: what is measured of a checkpoint.
        statement: whom the rows were arranged for.
        keep: whether checkpoints stay.
        tell: takes a line of progress.
    """

    model: Path
    model_name: str
    pool: Sequence[TestRow]
    tests: Sequence[TestRow]
    out: Path
    training: Training
    measured: DynamicsSettings
    statement: str
    keep: bool = False
    tell: Callable[[str], None] = print

    def curves(self, cells: Sequence[StudyCell], jobs: int = 1) -> list[RunCurve]:
        """Trains and measures every cell that is not measured yet, some at a time in processes of their own.

        Raises:
            EndedError: a process ended from outside.
            FloatingPointError: a run's loss is no number any more.
        """
        waiting = [cell for cell in cells if not self._done(cell)]
        if waiting and jobs > 1:
            os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
            side_by_side(self._train, waiting, jobs)
        else:
            for cell in waiting:
                self._train(cell)
        return [self._curve(cell) for cell in cells]

    def _train(self, cell: StudyCell) -> None:
        from transformers.utils import logging

        logging.disable_progress_bar()
        started = time.monotonic()
        rows, run = self.out / ROWS / f"{cell.name}.parquet", self._run(cell)
        write_cell(rows, cell, self.pool)
        train_sft(self.model, rows, run, self.training.config(cell.seed))
        curve = self._curve(cell)
        self._mark(cell).touch()
        if not self.keep:
            shutil.rmtree(run)
        losses = [float(np.nanmean(point.figures["loss"])) for point in curve.points]
        shown = " → ".join(f"{loss:.3f}" for loss in (losses[0], losses[-1]))
        self.tell(f"{cell.name}: loss {shown} ({time.monotonic() - started:.0f} s)")

    def _curve(self, cell: StudyCell) -> RunCurve:
        curve = measure_run(
            self._run(cell),
            self.tests,
            self.out,
            self.measured,
            name=cell.name,
            arrangement=cell.arrangement,
            seed=cell.seed,
            model=self.model_name,
            statement=self.statement,
            tell=lambda line: None,
        )
        return curve if cell.by_task else replace(curve, learned={})

    def _run(self, cell: StudyCell) -> Path:
        return self.out / RUNS / cell.name

    def _mark(self, cell: StudyCell) -> Path:
        """A file that says that all of a run was measured, which its own folder cannot say when it is gone."""
        return self.out / ROWS / f"{cell.name}.measured"

    def _done(self, cell: StudyCell) -> bool:
        return self._mark(cell).is_file()


def write_cell(path: Path, cell: StudyCell, pool: Sequence[TestRow]) -> None:
    """Writes the rows of a cell as `windward train sft` reads them, with `order`, `turn`, `task` and `row`, their place in the pool.

    They lie in the order of the pool: it is the column that orders them.
    """
    at = np.argsort(cell.plan.order)
    rows = [
        {
            "messages": [*pool[place].prompt, {"role": "assistant", "content": pool[place].answer}],
            "task": pool[place].task,
            "row": int(place),
            "order": int(order),
            "turn": int(cell.plan.turn[order]),
        }
        for order, place in zip(at, cell.plan.order[at], strict=True)
    ]
    table = pa.Table.from_pylist(rows)
    if cell.targets:
        note: Mapping[str, Any] = {
            "method": cell.arrangement,
            "target": "the part of the target rows that arranges",
            "targets": len(cell.targets),
            "target_prompts": [prompt_digest(row.text) for row in cell.targets],
        }
        table = table.replace_schema_metadata(with_note(table.schema.metadata, note))
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    pq.write_table(table, temporary)
    temporary.replace(path)
