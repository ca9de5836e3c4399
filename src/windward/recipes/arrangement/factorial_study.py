"""The same rows in different orders against different rows in the same order: trained, measured, told apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from windward.arrangement import (
    Plan,
    TargetSplit,
    drawn_rows,
    factorial,
    shuffled,
    split_target,
    test_centric,
    weighted_similarity,
)
from windward.arrangement.orders import Order, by_score
from windward.evals.dynamics import TestRow
from windward.evals.dynamics.table import dynamics_results
from windward.models.loading import checkpoint_folder
from windward.recipes.arrangement.study_cells import Study, StudyCell, StudyConfig
from windward.recipes.arrangement.study_effects import effects
from windward.recipes.arrangement.study_page import study_page
from windward.recipes.arrangement.study_pool import Vectors, vectors_of, without_tested
from windward.recipes.arrangement.texts import ArrangeError
from windward.rows import write_results

Ranking = Literal["test-centric", "weighted"]
ORDERS = ("near-first", "far-first", "shuffled")
TESTED, ARRANGING = 11, 12
"""Streams of random numbers: which rows are tested, and which of the others arrange in a seed."""


@dataclass(frozen=True, kw_only=True)
class FactorialConfig(StudyConfig):
    """A factorial study; each seed arranges for another half of the arranging rows, draws other random rows and shuffles anew.

    Attributes:
        budget: rows of each run.
        ranking: what near means: `test-centric` multi-turn arrangement, or `weighted` similarity distance.
        tested: tested rows at most; None for all of the tested half.
        split_seed: of which target rows are tested and which arrange.
    """

    budget: int = 320
    ranking: Ranking = "test-centric"
    tested: int | None = None
    split_seed: int = 0

    def __post_init__(self) -> None:
        """Refuses what cannot be studied."""
        super().__post_init__()
        if self.ranking not in get_args(Ranking):
            raise ArrangeError(
                f"there is no ranking {self.ranking!r}; there are {', '.join(get_args(Ranking))}"
            )
        if self.budget < self.training.batch_size:
            raise ArrangeError(f"{self.budget} rows are less than a step of {self.training.batch_size}")


def run_factorial(
    pool: Sequence[TestRow],
    targets: Sequence[TestRow],
    out: Path,
    config: FactorialConfig | None = None,
    *,
    model: str | Path,
    model_name: str,
    cache: Path | None = None,
    keep: bool = False,
    jobs: int = 1,
    command: Sequence[str] = (),
    tell: Callable[[str], None] = print,
) -> Path:
    """Trains {near rows, random rows} x {near-first, far-first, shuffled} x seeds and says what rows and what order did.

    Half of the target rows is never seen by the arrangement and tested; of the other half each seed takes a random half to
    arrange for. Rows of the pool that are a tested row or much like one are left out first. Writes `rows/`, `points/`,
    `results.parquet`, `report.html` and `run.json`. Killed at any point, the same command goes on where it was.

    Args:
        pool: rows to choose from.
        targets: rows of the target set, with their tasks.
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
        ArrangeError: the pool is smaller than the budget.
        FolderError: the folder holds something else.
        EndedError: a process ended from outside.
        FloatingPointError: a run's loss is no number any more.
        ValueError: a task has too few target rows to split.
    """
    config = config or FactorialConfig()
    start = checkpoint_folder(model)
    config.claim(out, start, {"pool": pool, "targets": targets}, command)
    split = _split(targets, config)
    tests = [targets[place] for place in split.tests]
    vectors, aims = (
        vectors_of(rows, config.encoder, cache or out / "vectors", tell) for rows in (pool, targets)
    )
    clean = without_tested(pool, tests, vectors, aims[split.tests], config.near_duplicate)
    told = clean.told(config.near_duplicate)
    tell(f"{len(pool):,} rows, {len(targets):,} targets")
    if len(clean.kept) <= config.budget:
        raise ArrangeError(
            f"only {len(clean.kept)} rows are left to choose {config.budget} from: lower the budget"
        )
    statement = f"{split.statement} Each seed arranges for another random half of the former. {told}"
    tell(statement)
    rows = [pool[place] for place in clean.kept]
    cells = [
        cell
        for seed in config.seeds
        for cell in _cells(vectors[clean.kept], targets, aims, split, seed, config)
    ]
    study = Study(
        start, model_name, rows, tests, out, config.training, config.measured, statement, keep, tell
    )
    results = dynamics_results(study.curves(cells, jobs), tests, within=config.within, seed=config.split_seed)
    results = [*results, *effects(results, ORDERS, config.seeds)]
    write_results(out / "results.parquet", results)
    return study_page(results, [statement], out)


def _split(targets: Sequence[TestRow], config: FactorialConfig) -> TargetSplit:
    """The arranging half and the tested half, of which perhaps a part is drawn."""
    tasks = [row.task for row in targets]
    split = split_target(tasks, texts=[row.text for row in targets], seed=config.split_seed)
    if config.tested is None or config.tested >= len(split.tests):
        return split
    draw = np.random.default_rng([config.split_seed, TESTED])
    tests = np.sort(draw.choice(split.tests, size=config.tested, replace=False))
    kept = {
        task: (
            sum(tasks[place] == task for place in split.arranges),
            sum(tasks[place] == task for place in tests),
        )
        for task in split.tasks
    }
    return TargetSplit(split.arranges, tests, kept, split.seed)


def _cells(
    vectors: Vectors,
    targets: Sequence[TestRow],
    aims: Vectors,
    split: TargetSplit,
    seed: int,
    config: FactorialConfig,
) -> list[StudyCell]:
    """The six runs of a seed."""
    draw = np.random.default_rng([seed, ARRANGING])
    arranges = np.sort(draw.choice(split.arranges, size=max(1, len(split.arranges) // 2), replace=False))
    near = ranked(vectors, aims[arranges], config.ranking)
    chosen = near.order[: config.budget]
    orders: dict[str, Order] = {
        "near-first": lambda _: near,
        "far-first": lambda _: backwards(near),
        "shuffled": lambda number: shuffled(len(near), number),
    }
    drawn = drawn_rows(len(near), config.budget, [seed])
    seen = [targets[place] for place in arranges]
    return [
        StudyCell(cell.name, f"{cell.rows}-rows.{cell.order}", seed, cell.plan, seen)
        for cell in factorial(chosen, drawn, orders, [seed])
    ]


def ranked(vectors: NDArray[np.float32], aims: NDArray[np.float32], ranking: Ranking) -> Plan:
    """All rows, the nearest first; within a turn too."""
    if ranking == "test-centric":
        return test_centric(vectors, aims, within="distance")
    return by_score(weighted_similarity(vectors, aims).scores)


def backwards(plan: Plan) -> Plan:
    """A plan's rows from the last to the first."""
    return Plan(plan.order[::-1].copy(), (plan.turn.max() - plan.turn[::-1]).astype(np.int32))
