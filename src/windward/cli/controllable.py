"""`windward controllable study`: what a policy that can be asked for levels brings, shown where levels can be computed."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.controllable_rows import controllable
from windward.cli.options import RunFolder
from windward.cli.outcome import finished, say


def register(app: typer.Typer) -> None:
    """Adds `study` to `windward controllable`."""
    del app
    controllable.command(
        epilog="windward controllable study --out control --seeds 3  ·  "
        "windward controllable study --out quick --seeds 1 --limit 60  ·  "
        "windward controllable study --world embedded --out embedded --seeds 1 --keep cdpo"
    )(study)


class WorldChoice(StrEnum):
    """Where control is studied."""

    small = "small"
    embedded = "embedded"


def study(
    out: RunFolder,
    world: Annotated[
        WorldChoice,
        typer.Option(
            help="small: a two-layer policy with a vocabulary of its own; embedded: the embedded default by LoRA."
        ),
    ] = WorldChoice.small,
    seeds: Annotated[
        int, typer.Option(min=1, help="Studies, each with data, policies and draws of its own.")
    ] = 3,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Prompts to learn from at most.")
    ] = None,
    held_out: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Held-out instructions asked at most.")
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METHOD",
            help="A method whose checkpoints stay in DIR/checkpoints, such as cdpo (repeatable).",
        ),
    ] = None,
) -> None:
    """Two objectives that conflict, up to seven policies: is what is asked for what comes?

    SFT, CPSFT, DPO on each objective alone, CDPO, in the small world also with λ = 1, and CDPO by the released code's formula learn from the same
    rated answers. Each is asked for every level and every pair of levels; a program rates what it says. Writes results.parquet, answers/, training/,
    report.html and run.json. Killed at any point, the same command goes on where it was.
    """
    from windward.recipes.errors import RecipeError
    from windward.reports import ReportError
    from windward.training import OutputError, RowError

    def work() -> Path:
        from windward.recipes.controllable.config import ControlStudyConfig
        from windward.recipes.controllable.study import run_control_study
        from windward.recipes.controllable.worlds import WORLDS
        from windward.reports.controllable import write_control_report

        said = {"seeds": seeds, "limit": limit, "held_out": held_out}
        chosen = WORLDS[world.value]
        own = {name: value for name, value in said.items() if value is not None}
        config = ControlStudyConfig(**dict(chosen.settings) | own)
        run_control_study(out, config, chosen, keep=keep or (), command=sys.argv, tell=say)
        return write_control_report(out)

    finished(work, (OutputError, RecipeError, ReportError, RowError))
