"""`windward dynamics continual`: what a stream of tasks leaves of those before."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from windward.cli.dynamics import (
    TRAINING,
    AnswerTokens,
    Cache,
    Encoder,
    Generate,
    Jobs,
    Keep,
    Reward,
    Seeds,
    TaskColumn,
    Within,
    dynamics,
    measured,
    studied,
    training_of,
)
from windward.cli.options import RunFolder
from windward.cli.outcome import say
from windward.cli.train import path_of
from windward.cli.training_options import ModelOption, settings


def register(app: typer.Typer) -> None:
    """Adds `continual` to `windward dynamics`."""
    del app
    dynamics.command(
        "continual",
        epilog="windward dynamics continual train.parquet tests.parquet --rows-per-task 64 --tested 30 --jobs 2 --out stream",
    )(continual)


@settings(*TRAINING, learning_rate=1e-5, checkpoint_steps=8, max_length=512)
def continual(
    train: Annotated[
        Path,
        typer.Argument(metavar="TRAIN", help="Rows to learn from, with a task each: Parquet or JSON lines."),
    ],
    tests: Annotated[
        Path, typer.Argument(metavar="TESTS", help="Rows of the same tasks that are tested, likewise.")
    ],
    out: RunFolder,
    model: ModelOption = "embedded",
    rows_per_task: Annotated[int, typer.Option(min=1, metavar="N", help="Training rows of each task.")] = 64,
    seed: Seeds = None,
    tested: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Tested rows of a task at most; all without it.")
    ] = None,
    test_seed: Annotated[int, typer.Option(help="Of which rows are tested.")] = 0,
    task_column: TaskColumn = None,
    encoder: Encoder = "embedded",
    cache: Cache = None,
    within: Within = 0.05,
    generate: Generate = 0,
    answer_tokens: AnswerTokens = 64,
    reward: Reward = None,
    keep: Keep = False,
    jobs: Jobs = 1,
    **given: Any,
) -> None:
    """Trains on one task after the other, and on the same rows in turn and shuffled, and tests every task after each.

    Forgetting is the loss of a task at the end less its lowest before. Writes rows/, points/, results.parquet, report.html and run.json. Killed at any point, the same command goes on
    where it was.
    """

    def work() -> Path:
        from windward.evals.dynamics.tested_rows import read_tests
        from windward.recipes.arrangement.continual import ContinualConfig, run_continual

        config = ContinualConfig(
            rows_per_task=rows_per_task, seeds=tuple(seed or (0, 1, 2)), tested=tested, test_seed=test_seed, encoder=encoder,
            within=within, training=training_of(given), measured=measured(given["max_length"], generate, answer_tokens, reward),
        )  # fmt: skip
        return run_continual(
            read_tests(train, task_column), read_tests(tests, task_column), out, config, model=path_of(model), model_name=model,
            cache=cache, keep=keep, jobs=jobs, command=sys.argv, tell=say,
        )  # fmt: skip

    studied(work)
