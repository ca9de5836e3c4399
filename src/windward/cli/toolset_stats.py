"""`windward toolset stats`: what a library is made of, how far it reaches, and a page to browse it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.outcome import finished, say
from windward.cli.toolset import toolset


def register(app: typer.Typer) -> None:
    """Adds `stats` to `windward toolset`."""
    del app
    toolset.command(
        epilog="windward toolset stats library --out stats  ·  "
        "windward toolset stats library --problems test.jsonl --solved solved --out stats"
    )(stats)


def stats(
    library: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of the library: built, or imported from a release.")
    ],
    out: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", help="Folder of table and page: new, or of the same run."),
    ],
    solved: Annotated[
        list[Path] | None,
        typer.Option(metavar="RUN", help="Folder of windward toolset solve with this library (repeatable)."),
    ] = None,
    problems: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Problems that the library should reach (JSONL, JSON, CSV, Parquet): coverage as it grows.",
        ),
    ] = None,
    audit: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder that holds verdicts.parquet of an audit; else the library's."
        ),
    ] = None,
) -> None:
    """Statistics of a library of tools, and a page to browse them. No tool is run, no model is asked.

    Complexity, atomicity, duplicates, yield of each stage, verdicts, uses, and how many problems the first n tools have something for
    (by the embedded sentence encoder). Writes DIR/results.parquet, described.parquet (a row a tool), uses.parquet, report.html, run.json.
    """
    from windward.recipes.errors import RecipeError
    from windward.reports import ReportError
    from windward.toolsets.parquet_files import ToolsetError
    from windward.toolsets.problems import ToolProblemError

    def work() -> Path:
        from windward.models import sentence_encoder
        from windward.recipes.toolsets.describing import StatisticsConfig, describe_toolset

        config = StatisticsConfig(library, tuple(solved or ()), problems, audit)
        return describe_toolset(config, out, encoder=sentence_encoder, command=sys.argv, tell=say)

    finished(work, (RecipeError, ReportError, ToolProblemError, ToolsetError))
