"""`windward shift`: how far accuracy falls where the data come from elsewhere."""

from __future__ import annotations

import typer

shift = typer.Typer(
    help="Out-of-distribution robustness: choose datasets, prepare them, measure the fall, fit its curve (BOSS).",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Adds the group; its commands stand in files of their own."""
    app.add_typer(shift, name="shift")
