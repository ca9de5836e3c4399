"""`windward unknown compare`: several runs side by side."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.options import RunFolder
from windward.cli.outcome import finished, say
from windward.cli.unknown_sets import unknown


def register(app: typer.Typer) -> None:
    """Adds `compare` to `windward unknown`."""
    del app
    unknown.command(
        epilog="windward unknown compare base tuned --out compared  ·  windward unknown compare mine scored --detector lexical-paper --out "
        "compared"
    )(compare)


def compare(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN…", help="Folders of windward eval unknown, two or more.")
    ],
    out: RunFolder,
    detector: Annotated[
        str, typer.Option(metavar="NAME", help="Whose refusal rates: lexical, lexical-paper or judge:NAME.")
    ] = "lexical",
) -> None:
    """Models of several runs in one table and page, by one detector; rates of two detectors and confidences on two scales are refused."""
    from windward.evals.data import DataError
    from windward.evals.unknown.refusal.comparable import IncomparableError

    def work() -> Path:
        from windward.evals.unknown.compare import compare_runs

        return compare_runs(runs, out, detector, command=sys.argv, tell=say)

    finished(work, (DataError, IncomparableError))
