"""`windward quickstart`: the main job on one command."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class SizeChoice(StrEnum):
    """How much a run does."""

    tiny = "tiny"
    small = "small"
    full = "full"


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command(epilog="Example: windward quickstart --out quickstart-tiny --size tiny --seed 1")(quickstart)


def quickstart(
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the run: new, or of the same run to go on.")
    ],
    size: Annotated[
        SizeChoice, typer.Option(help="tiny: minutes on two cores; small: a quarter of an hour; full: hours.")
    ] = SizeChoice.tiny,
    model: Annotated[
        str,
        typer.Option(help="What is measured and trained: `embedded`, a checkpoint folder, or a hub name."),
    ] = "embedded",
    problems: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="JSONL of prompt, reference, kind in place of generated problems."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the problems, the draws and the training.")] = 0,
    actor: Annotated[
        str | None,
        typer.Option(help="An endpoint's model that grows the trees in place of the model itself."),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="OpenAI-compatible endpoint of --actor, e.g. http://localhost:8000/v1.")
    ] = None,
) -> None:
    """Make data from problems, train a model on it, and measure what changed on problems it has not seen.

    Grows preference trees with a Python interpreter as the judge, learns from them (SFT, then preferences), and
    writes a report. Killed at any point, the same command goes on where it was.
    """
    from windward.interpreter import IsolationError
    from windward.journal import BudgetError, JournalError, RunStoppedError
    from windward.models import ModelError
    from windward.recipes.errors import RecipeError
    from windward.recipes.quickstart import QuickstartConfig, run_quickstart
    from windward.rows import ProblemError
    from windward.training import OutputError, RowError

    config = QuickstartConfig(
        size=size.value,
        model=model,
        problems=str(problems) if problems is not None else None,
        seed=seed,
        actor=actor,
        base_url=base_url,
    )
    try:
        report = run_quickstart(config, out, command=sys.argv, tell=_say)
    except (
        RecipeError, ProblemError, ModelError, JournalError, BudgetError, RunStoppedError, IsolationError,
        OutputError, RowError, OSError,
    ) as error:  # fmt: skip
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        typer.echo("stopped; the same command goes on from here", err=True)
        raise typer.Exit(130) from None
    typer.echo(f"\nreport: {report}")


def _say(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()
