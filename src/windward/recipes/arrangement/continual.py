"""A stream of task clusters, one after the other: what is learnt of each, and what is forgotten of those before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from windward.arrangement import Plan, clustered, round_robin, shuffled
from windward.arrangement.orders import groups_of
from windward.evals.dynamics import TestRow
from windward.evals.dynamics.table import dynamics_results
from windward.models.loading import checkpoint_folder
from windward.recipes.arrangement.study_cells import Study, StudyCell, StudyConfig, Training
from windward.recipes.arrangement.study_page import study_page
from windward.recipes.arrangement.study_pool import vectors_of, without_tested
from windward.recipes.arrangement.texts import ArrangeError
from windward.rows import write_results

STREAMS = ("task-after-task", "round-robin", "shuffled")
"""The same rows: clusters in a random order, one row of each task in turn, and all at random."""
DRAWN, TESTED = 21, 22
"""Streams of random numbers: which rows of a task are trained on in a seed, and which are tested."""


@dataclass(frozen=True, kw_only=True)
class ContinualConfig(StudyConfig):
    """A study of forgetting; each seed draws other rows and another order of the tasks.

    Attributes:
        rows_per_task: training rows of each task; a whole number of steps, so that a checkpoint lies between two tasks.
        tested: tested rows of each task at most; None for all.
        test_seed: of which rows are tested.
    """

    training: Training = field(default_factory=lambda: Training(checkpoint_steps=8))
    rows_per_task: int = 64
    tested: int | None = None
    test_seed: int = 0

    def __post_init__(self) -> None:
        """Refuses what cannot be studied."""
        super().__post_init__()
        steps, rest = divmod(self.rows_per_task, self.training.batch_size)
        if rest or not steps or steps % self.training.checkpoint_steps:
            raise ArrangeError(
                f"{self.rows_per_task} rows a task in steps of {self.training.batch_size} rows, measured every "
                f"{self.training.checkpoint_steps} steps, leave no checkpoint between two tasks: make the rows a multiple of "
                f"{self.training.batch_size * self.training.checkpoint_steps}"
            )


def run_continual(
    pool: Sequence[TestRow],
    tests: Sequence[TestRow],
    out: Path,
    config: ContinualConfig | None = None,
    *,
    model: str | Path,
    model_name: str,
    cache: Path | None = None,
    keep: bool = False,
    jobs: int = 1,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Trains on the tasks one after the other, and on the same rows mixed; every task is tested after each.

    Writes `rows/`, `points/`, `results.parquet`, `report.html` and `run.json`. Killed at any point, the same command goes on
    where it was.

    Args:
        pool: rows to learn from, with their tasks.
        tests: rows that are tested, of the same tasks.
        out: new, empty, or a folder of the same study.
        config: settings.
        model: the starting checkpoint.
        model_name: as tables and page call it.
        cache: keeps the vectors of the texts; None is `out/vectors`.
        keep: whether checkpoints stay.
        jobs: runs at a time, in processes of their own.
        command: how it was called, for the record.
        tell: takes a line of progress.

    Returns:
        The page.

    Raises:
        ArrangeError: a task has too few rows, or none that are tested.
        FolderError: the folder holds something else.
        EndedError: a process ended from outside.
        FloatingPointError: a run's loss is no number any more.
    """
    config = config or ContinualConfig()
    start = checkpoint_folder(model)
    config.claim(out, start, {"pool": pool, "tests": tests}, command)
    tested = _tested(tests, config)
    vectors, aims = (
        vectors_of(rows, config.encoder, cache or out / "vectors", tell) for rows in (pool, tested)
    )
    clean = without_tested(pool, tested, vectors, aims, config.near_duplicate)
    told = clean.told(config.near_duplicate)
    tell(f"{len(pool):,} rows, {len(tested):,} tested")
    rows = [pool[place] for place in clean.kept]
    _check(rows, tested, config)
    statement = (
        f"The training rows were drawn at random within each task and arranged for no target rows; tested on {len(tested):,} rows of "
        f"{len({row.task for row in tested})} tasks, none of which took part. {told}"
    )
    tell(statement)
    cells = [
        StudyCell(f"{stream}.seed{seed}", stream, seed, plan, by_task=stream == STREAMS[0])
        for seed in config.seeds
        for stream, plan in streams([row.task for row in rows], config.rows_per_task, seed).items()
    ]
    study = Study(
        start, model_name, rows, tested, out, config.training, config.measured, statement, keep, tell
    )
    results = dynamics_results(study.curves(cells, jobs), tested, within=config.within, seed=config.test_seed)
    write_results(out / "results.parquet", results)
    return study_page(results, [statement], out)


def streams(tasks: Sequence[str], rows_per_task: int, seed: int) -> dict[str, Plan]:
    """The same drawn rows as each of `STREAMS`; places are those of `tasks`."""
    draw = np.random.default_rng([seed, DRAWN])
    chosen = np.sort(
        np.concatenate(
            [draw.choice(places, size=rows_per_task, replace=False) for places in groups_of(tasks).values()]
        )
    )
    names = [tasks[place] for place in chosen]
    made = (clustered(names, seed=seed), round_robin(names), shuffled(len(names), seed))
    return {stream: Plan(chosen[plan.order], plan.turn) for stream, plan in zip(STREAMS, made, strict=True)}


def _tested(tests: Sequence[TestRow], config: ContinualConfig) -> list[TestRow]:
    """Some rows of each task, in the order of the file."""
    draw = np.random.default_rng([config.test_seed, TESTED])
    places = [
        places if config.tested is None or config.tested >= len(places)
        else draw.choice(places, size=config.tested, replace=False)
        for places in groups_of([row.task for row in tests]).values()
    ]  # fmt: skip
    return [tests[place] for place in np.sort(np.concatenate(places))]


def _check(rows: Sequence[TestRow], tested: Sequence[TestRow], config: ContinualConfig) -> None:
    sizes = {task: len(places) for task, places in groups_of([row.task for row in rows]).items()}
    if len(sizes) < 2:
        raise ArrangeError(
            f"a stream needs two tasks or more; the training rows have {list(sizes)}: name their column (--task-column)"
        )
    for task, size in sizes.items():
        if size < config.rows_per_task:
            raise ArrangeError(
                f"task {task} has {size} rows that may be trained on, fewer than {config.rows_per_task}: lower the rows a task, or leave it out"
            )
    if lacking := sorted(set(sizes) - {row.task for row in tested}):
        raise ArrangeError(
            f"no row of task {lacking[0]} is tested: give tested rows of every task of the stream"
        )
