"""`windward toolset import`: a released library becomes a folder."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.options import RunFolder
from windward.cli.outcome import finished, say
from windward.cli.toolset import toolset


def register(app: typer.Typer) -> None:
    """Adds `import` to `windward toolset`."""
    del app
    toolset.command(
        "import",
        epilog="windward toolset import tabmwp/5_deduplicated_tools.csv --problems tabmwp/epoch_0/1_raw_specific_solutions.json "
        "--out library  ·  windward toolset audit library --json audit.json",
    )(import_)


class DomainChoice(StrEnum):
    """Kinds of problems that need nothing of the user's."""

    math = "math"
    tables = "tables"


def import_(
    released: Annotated[
        Path,
        typer.Argument(
            metavar="RELEASED.csv",
            help="A library as CRAFT released it (5_deduplicated_tools.csv), or a file of its stage 3 or 4.",
        ),
    ],
    out: RunFolder,
    problems: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="The originating problems and their right answers: JSON lines, JSON, CSV or Parquet with question and answer, or a "
            "released file of any stage. Found by tool id, else by question and table. May be given several times.",
        ),
    ] = None,
    steps: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder of epoch_0, epoch_1, …: what the pipeline's steps produced. Without it, looked for beside RELEASED.csv and "
            "FILE.",
        ),
    ] = None,
    domain: Annotated[
        DomainChoice | None,
        typer.Option(help="Kind of problems. Without it, tables where a tool's problem has a table."),
    ] = None,
    index: Annotated[
        bool, typer.Option("--index", help="Also encode the tools, so that they can be found at once.")
    ] = False,
) -> None:
    """Reads a released library into a folder that can be searched, audited and replayed.

    Writes tools.parquet, decisions.parquet (who was kept of which duplicates), steps.parquet and problems.parquet (what each step made
    of each problem), import.json (what was found and what was not) and run.json. An answer that is another value in FILE than in the
    released row is taken from FILE and listed; a tool whose problem FILE does not have keeps its own, and is listed too.
    """
    from windward.recipes.errors import RecipeError
    from windward.toolsets.parquet_files import ToolsetError
    from windward.toolsets.problems import ToolProblemError
    from windward.toolsets.released import ReleasedFileError

    def work() -> Path:
        from windward.models import sentence_encoder
        from windward.recipes.toolsets.importing import ImportConfig, import_released

        config = ImportConfig(released, tuple(problems or ()), steps, domain.value if domain else None)
        encoder = sentence_encoder if index else None
        return import_released(config, out, encoder=encoder, command=sys.argv, tell=say)

    finished(work, (RecipeError, ReleasedFileError, ToolProblemError, ToolsetError))
