"""`windward codeact`: what training on trajectories did."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.outcome import finished, say


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    group = typer.Typer(help="CodeActAgent: what training on trajectories did.", no_args_is_help=True)
    group.callback()(_group)
    group.command(
        epilog="Example: windward codeact effect --before embedded --after checkpoints/codeact --out effect"
    )(effect)
    app.add_typer(group, name="codeact")


def _group() -> None:
    """CodeActAgent: what training on trajectories did."""


def effect(
    after: Annotated[
        str, typer.Option(metavar="NAME", help="The trained checkpoint: a folder or a hub name.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the run: new, or of the same run to go on.")
    ],
    before: Annotated[
        str, typer.Option(metavar="NAME", help="The checkpoint it was trained from.")
    ] = "embedded",
    problems: Annotated[int, typer.Option(min=1, help="Problems of each of the two splits.")] = 120,
    turns: Annotated[int, typer.Option(min=1, help="Turns of an attempt at most.")] = 3,
    max_tokens: Annotated[int, typer.Option(min=1, help="New tokens of a turn at most.")] = 128,
    texts: Annotated[
        int, typer.Option(min=0, help="Texts of each measure of general ability; 0 leaves it out.")
    ] = 200,
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder that holds classification/; without it, WINDWARD_DATA."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of problems and texts.")] = 0,
) -> None:
    """Compare two checkpoints: does the second act better, and what did it forget?

    Acting is measured on generated problems that no trajectory holds: how often the first turn's code runs, and success by
    turn. General ability is the accuracy on SST-2 and the bits per byte of AG News. Killed at any point, the same command goes on where
    it was.
    """

    def work() -> Path:
        from windward.recipes.codeact.effect import EffectConfig, measure_effect

        config = EffectConfig(
            before=before,
            after=after,
            problems=problems,
            turns=turns,
            max_tokens=max_tokens,
            texts=texts,
            data=str(data) if data is not None else None,
            seed=seed,
        )
        return measure_effect(config, out, command=sys.argv, tell=say)

    from windward.recipes.errors import RecipeError

    finished(work, (RecipeError, ValueError))
