"""`windward shift prepare`: the datasets of a task as Parquet, with what each holds and what was dropped."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.options import RunFolder
from windward.cli.outcome import finished, refuse, say
from windward.cli.shift import shift


def register(app: typer.Typer) -> None:
    """Adds `prepare` to `windward shift`."""
    del app
    shift.command(
        epilog="windward shift prepare rated --out rated  ·  windward shift prepare entities --out entities "
        "--local E-NER=edgar_all_4.csv --local Few-NERD=supervised"
    )(prepare)


def prepare(
    task: Annotated[
        str,
        typer.Argument(metavar="TASK", help="sentiment, toxicity, inference, entities, questions or rated."),
    ],
    out: RunFolder,
    local: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=PATH",
            help="(repeatable) A file, or a folder whose files name their splits, of one dataset; NAME:SPLIT=PATH for a file of "
            "one split. Without it: shift/ of the folder that WINDWARD_DATA names, then the hub.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of shares, caps and limits.")] = 0,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Examples of a split at most, drawn by the seed.")
    ] = None,
) -> None:
    """Reads the datasets of a task and writes DIR/DATASET/SPLIT.parquet, sizes.json and run.json.

    Prints what each split holds by class, and every row that was left out, with the reason. A dataset that cannot be had is named
    with what to do, the others are written all the same, and the command fails.
    """
    from windward.evals.shift.declared import TASKS
    from windward.evals.shift.preparing import prepare_task, sources
    from windward.evals.shift.task import ShiftError

    if task not in TASKS:
        refuse(f"there is no task called {task!r}; there are {', '.join(TASKS)}")

    def work() -> Path:
        chosen = sources(TASKS[task], local or [])
        return prepare_task(
            TASKS[task], out, local=chosen, seed=seed, limit=limit, command=sys.argv, tell=say
        )

    finished(work, (ShiftError,))
