"""`windward toolset replay`: the whole way of a library's tools again, without a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from windward.cli.outcome import finished, say
from windward.cli.toolset import toolset
from windward.cli.vision_options import ImageFolder, Vision, vision_validator


def register(app: typer.Typer) -> None:
    """Adds `replay` to `windward toolset`."""
    del app
    toolset.command(
        epilog="windward toolset replay library  ·  windward toolset replay library --solved run --json replay.json --fail"
    )(replay)


def replay(
    library: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of a library that was imported or built.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--json", metavar="OUT", help="JSON file of the report; else replay.json in DIR."),
    ] = None,
    solved: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN_DIR",
            help="A run of windward toolset solve with this library: the tools of its problems are looked for again, by its recorded "
            "plans, and their votes compared.",
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, metavar="N", help="Texts that run at a time.")] = 2,
    vision: Vision = None,
    images: ImageFolder = None,
    again: Annotated[
        bool, typer.Option("--again", help="Run all texts, also those that ran in this environment before.")
    ] = False,
    fail: Annotated[bool, typer.Option("--fail", help="Exit with 1 if anything is not as recorded.")] = False,
) -> None:
    """Goes the whole way of a library's tools again, from its folder alone: no model is asked, and nothing is loaded from elsewhere.

    Runs every recorded solution and abstraction on its problem, in isolation, and compares the verdicts; makes every recorded choice
    between duplicates again, and compares what is left with the library. What differs is named: tool, epoch, then and now.
    Killed at any point, the same command goes on where it was.
    """
    from windward.recipes.errors import RecipeError
    from windward.toolsets.parquet_files import ToolsetError
    from windward.toolsets.vision import ImageFileError, VisionModelsError

    equal = []

    def work() -> Path:
        from windward.recipes.toolsets.replaying import REPORT, replay_library

        with vision_validator(vision, images, jobs=jobs) as validator:
            found = replay_library(
                library, out, solved=solved, jobs=jobs, again=again, validator=validator, tell=say
            )
        equal.append(found.all_equal)
        return out or library / REPORT

    finished(work, (ImageFileError, RecipeError, ToolsetError, VisionModelsError))
    if fail and not all(equal):
        raise typer.Exit(1)
