"""`windward dynamics factorial`: which rows, or what order?"""

from __future__ import annotations

import sys
from enum import StrEnum
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


class RankingChoice(StrEnum):
    """What near means."""

    test_centric = "test-centric"
    weighted = "weighted"


def register(app: typer.Typer) -> None:
    """Adds `factorial` to `windward dynamics`."""
    del app
    dynamics.command(
        "factorial",
        epilog="windward dynamics factorial train.parquet algebra.jsonl --budget 320 --tested 120 --jobs 2 --out factorial",
    )(factorial)


@settings(*TRAINING, learning_rate=1e-5, checkpoint_steps=5, max_length=512)
def factorial(
    train: Annotated[
        Path, typer.Argument(metavar="TRAIN", help="Rows to choose from: Parquet or JSON lines.")
    ],
    target: Annotated[
        Path, typer.Argument(metavar="TARGET", help="The target set: one half arranges, the other is tested.")
    ],
    out: RunFolder,
    model: ModelOption = "embedded",
    budget: Annotated[int, typer.Option(min=1, metavar="N", help="Rows of a run.")] = 320,
    ranking: Annotated[
        RankingChoice,
        typer.Option(help="What near means: multi-turn arrangement, or the weighted distance of each row."),
    ] = RankingChoice.test_centric,
    seed: Seeds = None,
    tested: Annotated[
        int | None, typer.Option(min=2, metavar="N", help="Tested rows at most; all without it.")
    ] = None,
    split_seed: Annotated[int, typer.Option(help="Of which target rows are tested.")] = 0,
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
    """Trains on near and on random rows, each near-first, far-first and shuffled, over seeds, and tests on rows that no arrangement saw.

    So the effect of an order is one of the order alone, and that of the rows one of the rows alone. Rows like a tested one are left out first. Writes rows/, points/, results.parquet,
    report.html and run.json. Killed at any point, the same command goes on where it was.
    """

    def work() -> Path:
        from windward.evals.dynamics.tested_rows import read_tests
        from windward.recipes.arrangement.factorial_study import FactorialConfig, run_factorial

        config = FactorialConfig(
            budget=budget, seeds=tuple(seed or (0, 1, 2)), ranking=ranking.value, tested=tested, split_seed=split_seed,
            encoder=encoder, within=within, training=training_of(given),
            measured=measured(given["max_length"], generate, answer_tokens, reward),
        )  # fmt: skip
        return run_factorial(
            read_tests(train, task_column), read_tests(target, task_column), out, config, model=path_of(model), model_name=model,
            cache=cache, keep=keep, jobs=jobs, command=sys.argv, tell=say,
        )  # fmt: skip

    studied(work)
