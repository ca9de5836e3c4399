"""`windward eval unknown`: does a model say what it does not know?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.eval import evals
from windward.cli.options import RunFolder
from windward.cli.outcome import finished, say


def register(app: typer.Typer) -> None:
    """Adds `unknown` to `windward eval`."""
    del app
    evals.command(
        "unknown",
        epilog="Recorded answers: windward eval unknown --replay recorded --out scored",
    )(unknown)


def unknown(
    out: RunFolder,
    replay: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Score recorded answers: a folder in the released layout, or Parquet with dataset, split, question, references, response.",
        ),
    ] = None,
    confidence_scale: Annotated[
        str, typer.Option(help="Of the Parquet's confidence column: probability, 0-10, 0-100, 1-5, …")
    ] = "probability",
    seed: Annotated[int, typer.Option(help="Of the bootstraps.")] = 0,
) -> None:
    """UnknownBench: refusal where there is an answer and where there is none, and whether confidence is worth anything."""
    from windward.evals.data import DataError

    def work() -> Path:
        from windward.evals.unknown.recorded_table import scale_named
        from windward.evals.unknown.replay import ReplayConfig, replay_unknown

        assert replay is not None
        return replay_unknown(
            replay, out, ReplayConfig(scale_named(confidence_scale), seed), command=sys.argv, tell=say
        )

    finished(work, (DataError,))
