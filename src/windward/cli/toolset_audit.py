"""`windward toolset audit`: does each tool of a library still do what it was kept for?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from windward.cli.outcome import finished, say
from windward.cli.toolset import toolset
from windward.cli.vision_options import ImageFolder, Vision, vision_validator


def register(app: typer.Typer) -> None:
    """Adds `audit` to `windward toolset`."""
    del app
    toolset.command(
        epilog="windward toolset audit library --json audit.json  ·  windward toolset audit library --json audit.json --solved run --fail"
    )(audit)


def audit(
    library: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of a library that was imported or built.")
    ],
    out: Annotated[Path, typer.Option("--json", metavar="OUT", help="JSON file of the report.")],
    solved: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN_DIR",
            help="A run of windward toolset solve with this library: its programs that used tools run again with the tools as they are "
            "now, and what no longer works is reported. No model is asked.",
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, metavar="N", help="Tools that run at a time.")] = 2,
    vision: Vision = None,
    images: ImageFolder = None,
    again: Annotated[
        bool,
        typer.Option(
            "--again", help="Run all tools, also those whose verdict is stored for this environment."
        ),
    ] = False,
    fail: Annotated[
        bool, typer.Option("--fail", "--strict-exit", help="Exit with 1 if any tool is not ok.")
    ] = False,
) -> None:
    """Runs every tool of a library on its own problem again, and says what no longer works, and why.

    A tool is ok (it prints the answer of its problem), wrong (another, or none), crash, timeout (of CPU time, so that a busy machine fails
    no good tool), or changed: its text is none that the pipeline's steps produced. Of a changed tool the report has the difference
    and what it came to as it is. Tools run isolated, without a network.

    OUT holds environment, counts, and for each tool id verdict, outcome, strict, printed, expected, error, why, steps and
    difference; DIR gets verdicts.parquet. Killed at any point, the same command goes on where it was. What is found is a
    result and no failure: the command exits with 0, unless --fail is given.
    """
    from windward.recipes.errors import RecipeError
    from windward.toolsets.parquet_files import ToolsetError
    from windward.toolsets.vision import ImageFileError, VisionModelsError

    ok = []

    def work() -> Path:
        from windward.recipes.toolsets.auditing import audit_library

        with vision_validator(vision, images, jobs=jobs) as validator:
            found = audit_library(
                library, out, solved=solved, jobs=jobs, again=again, validator=validator, tell=say
            )
        ok.append(found.all_ok)
        return out

    finished(work, (ImageFileError, RecipeError, ToolsetError, VisionModelsError))
    if fail and not all(ok):
        raise typer.Exit(1)
