"""`windward eval dynamics`: how a model changes while it learns, step by step, for arrangements of the same or other rows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windward.cli.dynamics import AnswerTokens, Generate, Reward, TaskColumn, Within, measured
from windward.cli.eval import evals
from windward.cli.options import RunFolder, named_path
from windward.cli.outcome import finished, refuse, say

if TYPE_CHECKING:
    from windward.evals.dynamics.run import MeasuredRun


def register(app: typer.Typer) -> None:
    """Adds `dynamics` to `windward eval`."""
    del app
    evals.command(
        "dynamics",
        epilog="windward train sft rows.parquet --order order --checkpoint-steps 10 --out near  ·  "
        "windward eval dynamics --run near=near --run random=random --tests tests.parquet --out dynamics  ·  "
        "Seeds: --run near@0=near-0 --run near@1=near-1",
    )(dynamics)


def dynamics(
    run: Annotated[
        list[str],
        typer.Option(
            metavar="NAME[@SEED]=PATH",
            help="A trained run with its checkpoints (repeatable); runs with one name and several seeds are one arrangement. "
            "The seed is by default that of the training.",
        ),
    ],
    tests: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="Rows to test, Parquet or JSON lines: messages, the last the right answer; or a prompt and an answer; perhaps a task.",
        ),
    ],
    out: RunFolder,
    within: Within = 0.05,
    generate: Generate = 0,
    answer_tokens: AnswerTokens = 128,
    reward: Reward = None,
    max_length: Annotated[
        int, typer.Option(min=2, metavar="N", help="Tokens of a row at most, for its loss; as in training.")
    ] = 1024,
    task_column: TaskColumn = None,
    seed: Annotated[int, typer.Option(help="Of the draws of tested rows for intervals.")] = 0,
) -> None:
    """Measures every checkpoint of trained runs: loss, answers, and from which step on they are near the final ones.

    Writes points/ (figures of every row at every checkpoint), results.parquet, report.html and run.json. A checkpoint is measured
    once and not needed any more; killed at any point, the same command goes on. Rows that cannot be measured are counted, never 0.
    """
    from windward.evals.dynamics import DynamicsError

    runs = [_measured_run(given) for given in run]
    settings = measured(max_length, generate, answer_tokens, reward)

    def work() -> Path:
        from windward.evals.dynamics.run import run_dynamics

        return run_dynamics(
            runs,
            tests,
            out,
            settings,
            task_column=task_column,
            within=within,
            seed=seed,
            command=sys.argv,
            tell=say,
        )

    finished(work, (DynamicsError,))


def _measured_run(given: str) -> MeasuredRun:
    """What `NAME=PATH` or `NAME@SEED=PATH` says; the command ends where it says nothing."""
    from windward.evals.dynamics.run import MeasuredRun

    called, mark, path = given.partition("=")
    name, at, number = called.partition("@")
    arrangement, folder = named_path(f"{name}{mark}{path}")
    if at and not (number.isascii() and number.isdigit()):
        refuse(f"{given}: give NAME@SEED=PATH, the seed a whole number")
    return MeasuredRun(arrangement, folder, int(number) if at else None)
