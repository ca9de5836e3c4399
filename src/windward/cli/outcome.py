"""How a command ends: where its result is, or what kept it from being made; never a traceback for what a user can mend."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import typer


def finished(work: Callable[[], Path], expected: tuple[type[Exception], ...] = ()) -> None:
    """Does the work and says where its result is.

    Args:
        work: the work; returns what it made.
        expected: errors of this work that a user can mend, beside those of runs, folders and models.

    Raises:
        typer.Exit: 2 after such an error, 130 after Ctrl-C.
    """
    from windward.evals.folder import FolderError
    from windward.evals.side_by_side import EndedError
    from windward.interpreter import IsolationError
    from windward.journal import BudgetError, JournalError, RowsFailedError, RunStoppedError
    from windward.models import ModelError

    always: tuple[type[Exception], ...] = (BudgetError, EndedError, FolderError, IsolationError, JournalError, ModelError, OSError, RowsFailedError,
              RunStoppedError)  # fmt: skip
    try:
        made = work()
    except (*always, *expected) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        typer.echo("stopped; the same command goes on from here", err=True)
        raise typer.Exit(130) from None
    typer.echo(f"results: {made}")


def refuse(why: str) -> NoReturn:
    """Ends the command because of what it was asked.

    Raises:
        typer.Exit: always, with 2.
    """
    typer.echo(f"error: {why}", err=True)
    raise typer.Exit(2)


def say(line: str) -> None:
    """A line of progress, at once."""
    typer.echo(line)
    sys.stdout.flush()
