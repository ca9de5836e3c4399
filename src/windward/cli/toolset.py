"""`windward toolset`: tools that a model makes, that are checked, kept and found again."""

from __future__ import annotations

import typer

toolset = typer.Typer(
    help="Toolsets: make tools from solved problems, check them, find them again (CRAFT).",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Adds the group; its commands stand in files of their own."""
    app.add_typer(toolset, name="toolset")
