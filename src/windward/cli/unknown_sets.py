"""`windward unknown build`: fresh sets of questions with and without an answer, in a user's categories and language."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from windward.cli.outcome import finished, say

unknown = typer.Typer(
    help="Does a model know what it does not know: sets to ask, rows to train on.", no_args_is_help=True
)
build = typer.Typer(help="Fresh sets of questions, half of which have no answer.", no_args_is_help=True)
unknown.add_typer(build, name="build")

OutOption = Annotated[
    Path, typer.Option("--out", metavar="FILE", help="The set: a name ending in .jsonl or .parquet.")
]


def register(app: typer.Typer) -> None:
    """Adds `windward unknown`; other files add their commands to the group."""
    app.add_typer(unknown, name="unknown")


@build.command(epilog="windward unknown build premises pairs.jsonl --out premises.jsonl")
def premises(
    pairs: Annotated[
        Path,
        typer.Argument(
            metavar="PAIRS",
            help="JSONL or Parquet: true and false, two questions a row, and perhaps references and category.",
        ),
    ],
    out: OutOption,
) -> None:
    """Pairs of questions that were written by hand, one of which rests on a false premise, as a set (FalseQA style)."""
    from windward.evals.data import DataError
    from windward.evals.unknown.generators.premises import premise_set
    from windward.evals.unknown.generators.sets import write_set

    def work() -> Path:
        rows = premise_set(pairs)
        say(f"{len(rows) // 2} pairs")
        return write_set(out, rows)

    finished(work, (DataError,))
