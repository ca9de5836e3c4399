"""`windward runs`: what a run's journal holds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from windward.journal.summary import CallCounts, Listed, Summary

runs = typer.Typer(help="Look into the journals of runs.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.add_typer(runs, name="runs")


@runs.callback()
def _group() -> None:
    """Look into the journals of runs."""


@runs.command(
    epilog="Example: windward runs show quickstart-tiny --failed",
)
def show(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a run, or its journal.sqlite.")],
    failed: Annotated[bool, typer.Option("--failed", help="List failed rows and calls, and why.")] = False,
    uncertain: Annotated[
        bool, typer.Option("--uncertain", help="List calls that were sent and whose reply was never stored.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Show what a run has done, what failed, what is uncertain, and what it cost.

    The run may be going on: nothing is locked or changed.
    """
    from windward.journal import JournalError
    from windward.journal.summary import summarize

    try:
        summary = summarize(folder)
    except JournalError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps(summary.as_dict(), indent=2))
        return
    _print(summary, failed, uncertain)


def _print(summary: Summary, failed: bool, uncertain: bool) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    state = "running" if summary.running else "not running"
    console.print(f"{summary.path} ({state})", markup=False, soft_wrap=True)
    console.print(_calls("model", summary.models, summary.running))
    console.print(_calls("stage", summary.stages, summary.running))
    if summary.rows:
        console.print(_rows(summary))
    for title, wanted, items in (
        ("failed", failed, summary.failed),
        ("in flight" if summary.running else "uncertain", uncertain, summary.uncertain),
    ):
        if wanted:
            _list(title, items)
    if summary.total.lost and not summary.running:
        console.print(
            f"{summary.total.lost} attempts were sent by a process that died before their reply was stored, and may "
            f"have been paid; {summary.total.uncertain} of their calls have no reply yet.",
            markup=False,
        )


def _calls(group: str, counts: Iterable[CallCounts], running: bool) -> Table:
    headings = [
        group,
        "done",
        "failed",
        "in flight" if running else "uncertain",
        "attempts",
        "tokens",
        "cost",
    ]
    table = _table(headings)
    for count in counts:
        table.add_row(
            count.group or "(none)", f"{count.done:,}", f"{count.failed:,}", f"{count.uncertain:,}",
            f"{count.attempts:,}", f"{count.tokens:,}", f"${count.cost:,.4f}",
        )  # fmt: skip
    return table


def _rows(summary: Summary) -> Table:
    table = _table(["rows of", "done", "failed", "unreadable replies"])
    for row in summary.rows:
        table.add_row(row.stage or "(none)", f"{row.done:,}", f"{row.failed:,}", f"{row.unreadable:,}")
    return table


def _table(headings: list[str]) -> Table:
    from rich.table import Table

    table = Table(title=None)
    table.add_column(headings[0], overflow="fold")
    for heading in headings[1:]:
        table.add_column(heading, justify="right")
    return table


def _list(title: str, items: Iterable[Listed]) -> None:
    typer.echo(f"{title}:")
    empty = True
    for item in items:
        empty = False
        where = f"{item.stage or '(no stage)'}/{item.row or '-'}"
        about = f" {item.key[:12]} {item.model}" if item.key else ""
        typer.echo(f"  {item.what} {where}{about} {item.error}".rstrip())
    if empty:
        typer.echo("  none")
