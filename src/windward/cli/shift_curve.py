"""`windward shift curve`: does the score in distribution tell the score out of it?"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.options import RunFolder
from windward.cli.outcome import finished, say
from windward.cli.shift import shift


class AxisChoice(StrEnum):
    """Scale of both scores."""

    raw = "raw"
    logit = "logit"
    probit = "probit"


def register(app: typer.Typer) -> None:
    """Adds `curve` to `windward shift`."""
    del app
    shift.command(
        epilog="windward shift curve run/results.parquet --out curve  ·  Numbers of yours, a model a line under the heading id,ood,group: "
        "windward shift curve models.csv --out curve"
    )(curve)


def curve(
    points: Annotated[
        Path,
        typer.Argument(
            metavar="POINTS",
            help="A result table of windward eval shift, or a CSV with columns id and ood (shares from 0 to 1) and, if you have them, "
            "group (training run), set and factor.",
        ),
    ],
    out: RunFolder,
    axis: Annotated[
        AxisChoice,
        typer.Option(help="Scale of both scores; lines stay lines near 0 and 1 on logit and probit."),
    ] = AxisChoice.raw,
    seed: Annotated[int, typer.Option(help="Of the resamples.")] = 0,
) -> None:
    """Fits a line and a line with a knee to each set's points, and says which type the curve is, or that the points do not decide.

    Type I: one rising line. Type II: rising, and steeper after a knee. Type III: falling, then rising. Points of one training run are drawn
    together. A type is named only where the information criterion, 1,000 resamples and the intervals of the slopes agree; else the verdict is
    `undetermined`, with the reasons.
    """
    from windward.evals.shift.task import ShiftError

    def work() -> Path:
        from windward.evals.shift.curve_run import run_curve

        return run_curve(points, out, axis=axis.value, seed=seed, command=sys.argv, tell=say)

    finished(work, (ShiftError,))
