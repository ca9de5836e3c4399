"""`windward toolset query`: the tools of a library that are found for a text; no model is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from windward.cli.outcome import refuse
from windward.cli.toolset import toolset


def register(app: typer.Typer) -> None:
    """Adds `query` to `windward toolset`."""
    del app
    toolset.command(
        epilog='windward toolset query library "What is the mean of the numbers?" --name mean_of_column '
        '--docstring "Computes the mean of a column."'
    )(query)


def query(
    library: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a library.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The problem.")],
    name: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="What a tool for it might be called (repeatable)."),
    ] = None,
    docstring: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What a tool for it might say of itself.")
    ] = None,
    k: Annotated[int, typer.Option(min=1, help="Tools at most; 3 in the paper.")] = 3,
    votes: Annotated[
        int | None,
        typer.Option(
            min=1, help="That a tool has at least; 2 in the paper, 1 where only a problem is given."
        ),
    ] = None,
    code: Annotated[bool, typer.Option("--code", help="Show the tools' code too.")] = False,
) -> None:
    """Find tools for a problem: which they are, their votes, their rank in each view, and their best cosine.

    The problem votes for the 10 tools with the nearest problems, the docstring for 10 and each name for 5. The library's
    vectors are made at the first use, in DIR/index.npz.
    """
    from windward.models import ModelError
    from windward.recipes.toolsets.querying import Asked, found_in
    from windward.toolsets.parquet_files import ToolsetError

    try:
        lines = list(found_in(library, Asked(text, tuple(name or ()), docstring or "", k, votes), code=code))
    except (ModelError, OSError, ToolsetError) as error:
        refuse(str(error))
    for line in lines:
        typer.echo(line)
