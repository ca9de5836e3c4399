"""`windward eval shift`: every training of the plan, measured; the fits, the effects of the methods, and the page."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from windward.evals.folder import claim, write_json
from windward.evals.shift.effects import Correct, effect_results
from windward.evals.shift.fitted import curve_results
from windward.evals.shift.overlap import Overlap
from windward.evals.shift.selection_files import overlap_record
from windward.evals.shift.trained import TrainedModel, open_trained
from windward.evals.side_by_side import side_by_side
from windward.models.fingerprint import fingerprint
from windward.recipes.shift.config import ShiftConfig
from windward.recipes.shift.measured import Store
from windward.recipes.shift.plan import Training, names, plan
from windward.recipes.shift.sets import Sets, content, guarded
from windward.recipes.shift.training import learnt, train
from windward.reports.page import write_page
from windward.reports.run_folder import object_in
from windward.reports.shift import shift_page
from windward.reports.shift_curves import verdict_lines
from windward.rows import Result, read_results, write_results

SYSTEM, PROTOCOL = "shift", "2"
RESULTS, OVERLAPS = "results.parquet", "overlaps.json"
LAST = "last"
_EXAMPLES = 5


def run_shift(
    sets: Sets,
    out: Path,
    config: ShiftConfig | None = None,
    *,
    allow_overlap: bool = False,
    jobs: int = 1,
    beside: Sequence[Path] = (),
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Trains and measures all that is not stored yet, and writes `results.parquet`, `overlaps.json`, `report.html`, `run.json`.

    Each point's rows and probabilities are in `points/` as soon as they are measured; a checkpoint goes when its last point is
    there. Killed at any point, the same command goes on where it was.

    Args:
        sets: of `declared_sets` or `own_sets`.
        out: new, empty, or a folder of the same run.
        config: settings.
        allow_overlap: whether sets that stand in the training set are measured all the same.
        jobs: trainings at a time, in processes of their own.
        beside: result tables of `windward shift llm` that are shown on the page too.
        command: how it was called, for the record.
        tell: takes a line of progress.

    Returns:
        The page.

    Raises:
        ShiftError: sets that cannot be measured, or settings that do not fit the task.
        FolderError: the folder holds something else.
        EndedError: a process ended from outside.
    """
    config = config or ShiftConfig()
    others = [row for path in beside for row in read_results(path)]
    kept, overlaps = guarded(sets, allow=allow_overlap, tell=tell)
    models = [
        f"{Path(model).name}@{fingerprint(Path(model))[:12]}" if Path(model).is_dir() else model
        for model in config.models
    ]
    settings = asdict(config) | {"models": models, "task": kept.task.name, "sets": list(kept.tests)}
    claim(SYSTEM, out, settings | {"examples": kept.digest(), "protocol": PROTOCOL}, command)
    shared = _records(sets, kept, overlaps)
    write_json(out / OVERLAPS, shared)
    trainings = plan(config)
    run = _Run(kept, out, config, trainings, tell)
    _train(run, jobs)
    rows = run.rows()
    curved = set(config.factors) - {"method"}  # methods alone are no steps of a curve
    results = [
        *rows,
        *(curve_results(rows, seed=config.draw_seed) if curved else ()),
        *effect_results(rows, correct=run.correct()),
    ]
    write_results(out / RESULTS, results)
    for line in verdict_lines(results):
        tell(line)
    page = shift_page(
        [*results, *others],
        overlaps=shared,
        record=object_in(out / "run.json"),
        files=[RESULTS, OVERLAPS, "points/", "run.json"],
    )
    return write_page(out, page)


class _Run:
    """The trainings of a run, and where each stands."""

    def __init__(
        self,
        sets: Sets,
        out: Path,
        config: ShiftConfig,
        trainings: Sequence[Training],
        tell: Callable[[str], None],
    ) -> None:
        self._sets, self._out, self._config, self._tell = sets, out, config, tell
        self._named = dict(zip(names(trainings, config.models), trainings, strict=True))

    @property
    def open(self) -> list[str]:
        """Names of the trainings that lack their last point."""
        return [name for name in self._named if not self._store(name).has(LAST)]

    def do(self, name: str) -> None:
        """Trains and measures one."""
        from transformers.utils import logging

        logging.disable_progress_bar()
        logging.set_verbosity_error()  # a new head is no news
        started = time.monotonic()
        one, store, sets = self._named[name], self._store(name), self._sets
        folder = self._out / "checkpoints" / name
        told: dict[str, Any] = {"method": one.method, "seed": one.seed, "run": name}

        def watched(step: int, epochs: float, model: TrainedModel) -> None:
            condition = told | {"factor": "steps", "value": f"{epochs:.3g}"}
            store.measure(f"step-{step:07d}", model, one.model, condition)

        data = learnt(sets.task, one, sets.train)
        path = train(sets.task, one, data, folder, self._config, watched)
        model = open_trained(sets.task, path)
        last = told | {"factor": one.factor, "value": one.value, "train_texts": len(data)}
        store.measure(LAST, model, one.model, last)
        if not self._config.keep:
            shutil.rmtree(folder, ignore_errors=True)
        scores = [row for row in store.at(LAST) if row.metric == sets.task.metric]
        shown = ", ".join(f"{row.dataset} {row.value:.3f}" for row in scores)
        self._tell(f"{name}: {shown} ({time.monotonic() - started:.0f} s)")

    def rows(self) -> list[Result]:
        """Of all points."""
        return [row for name in self._named for row in self._store(name).rows()]

    def correct(self) -> Correct:
        """Right or wrong of each text, of every model of factor `method`."""
        found: dict[tuple[str, str, int], list[bool]] = {}
        if len(self._config.models) > 1:  # of several models the keys would be the same
            return found
        for name, one in self._named.items():
            if one.factor == "method":
                for dataset, right in self._store(name).correct(LAST).items():
                    found[dataset, one.method, one.seed] = right
        return found

    def _store(self, name: str) -> Store:
        return Store(self._out / "points" / name, self._sets.task, self._sets.tests)


def _train(run: _Run, jobs: int) -> None:
    """All trainings that are not done, some at a time."""
    waiting = run.open
    if jobs > 1 and len(waiting) > 1:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        side_by_side(run.do, waiting, jobs)
        return
    for name in waiting:
        run.do(name)


def _records(sets: Sets, kept: Sets, overlaps: dict[str, Overlap]) -> list[dict[str, Any]]:
    """What each test set shares with the training set; the verdict says what became of it."""
    train = [content(one) for one in sets.train]
    records = []
    for name, found in overlaps.items():
        record = overlap_record(found, train, [content(one) for one in sets.tests[name]], _EXAMPLES)
        if name in kept.tests:
            gone = len(sets.tests[name]) - len(kept.tests[name])
            record["verdict"] = (
                f"passed, {gone:,} left out" if gone else "measured whole" if found.repeats else "passed"
            )
        records.append({"train": sets.task.id.name, "test": name} | record)
    return records
