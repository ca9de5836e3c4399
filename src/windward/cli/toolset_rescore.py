"""`windward toolset rescore`: recorded outputs of models, run and graded again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from windward.cli.outcome import finished, refuse, say
from windward.cli.toolset import toolset


def register(app: typer.Typer) -> None:
    """Adds `rescore` to `windward toolset`."""
    del app
    toolset.command(
        epilog="windward toolset rescore results_tabmwp_CREATOR.jsonl --domain tables --json rescored.json"
    )(rescore)


def rescore(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.jsonl",
            help="Results in the released form: question, answer, prediction_code and prediction_call, or tool and tool_call.",
        ),
    ],
    json: Annotated[Path, typer.Option("--json", metavar="OUT", help="File of what each row comes to.")],
    domain: Annotated[str, typer.Option(metavar="NAME", help="math or tables.")] = "math",
    against: Annotated[
        Path | None,
        typer.Option(metavar="EARLIER.json", help="An earlier output: rows of another kind are listed."),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Programs at a time.")] = 2,
) -> None:
    """Run recorded programs again and grade them by every rule; what fails or cannot be graded stays in the denominator.

    Counts what is correct (equal, within 1 %, or equal at two decimals), wrong, failed, and what no grader can read, and says how
    many are right without a tolerance. No model is asked.
    """
    from windward.recipes.errors import RecipeError
    from windward.recipes.toolsets.rescoring import rescore_file
    from windward.toolsets.domains import DOMAINS
    from windward.toolsets.rescore import RecordedFileError

    if domain not in DOMAINS:
        refuse(f"no domain {domain!r}: use one of {', '.join(DOMAINS)}")
    finished(
        lambda: rescore_file(file, json, domain=DOMAINS[domain], against=against, jobs=jobs, tell=say),
        (RecipeError, RecordedFileError),
    )
