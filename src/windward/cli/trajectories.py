"""`windward trajectories`: runs of agents become rows to train on."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class FormChoice(StrEnum):
    """What a file of runs holds."""

    auto = "auto"
    mint = "mint"
    live = "live"
    chat = "chat"


class LearnChoice(StrEnum):
    """Whose messages are learnt."""

    good = "good"
    all = "all"


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command(
        epilog="A recording: windward trajectories $WINDWARD_DATA/mint/trajectories.parquet --per-problem 4 --out rows  ·  "
        "Live runs: windward trajectories live/ --out rows  ·  "
        "Conversations: windward trajectories chats.jsonl --against my-benchmark.jsonl --out rows"
    )(trajectories)


def trajectories(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUNS...",
            help="A recording of MINT (Parquet), a folder of windward eval mint, or a JSONL of conversations.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the rows: new, or of the same settings.")
    ],
    form: Annotated[
        FormChoice, typer.Option("--from", help="What RUNS hold; auto looks at each.")
    ] = FormChoice.auto,
    models: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only runs of this model (repeatable).")
    ] = None,
    min_turns: Annotated[
        int, typer.Option(min=1, help="Least turns of a run; 3 leaves out what the paper calls easy.")
    ] = 3,
    per_source: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Rows of one source at most.")
    ] = None,
    per_problem: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Rows of one problem at most.")
    ] = None,
    max_chars: Annotated[
        int,
        typer.Option(min=1, metavar="N", help="Characters of a row at most; four make about one token."),
    ] = 16_000,
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SET",
            help="Drop rows that overlap with this evaluation set: a file or folder (JSONL, JSON, Parquet, CSV), or a "
            "known name such as mint or svamp (repeatable). Sets in WINDWARD_DATA that a row may be scored on are "
            "always compared with.",
        ),
    ] = None,
    learn: Annotated[
        LearnChoice,
        typer.Option(help="good: not turns that failed, which stay in the conversation; all: as the paper."),
    ] = LearnChoice.good,
    with_feedback: Annotated[
        bool, typer.Option("--with-feedback", help="Keep runs in which an expert gave feedback.")
    ] = False,
    unjudged: Annotated[bool, typer.Option("--unjudged", help="Keep runs that nobody judged.")] = False,
    trust_recorded: Annotated[
        bool,
        typer.Option(
            "--trust-recorded", help="Keep runs solved by an answer that our grader does not accept."
        ),
    ] = False,
    seed: Annotated[int, typer.Option(help="Of near-duplicates' hashing, and of the rows shown.")] = 0,
) -> None:
    """Turn runs of agents into rows to train on: CodeActInstruct's filters, near-duplicates, evaluation sets, caps.

    Writes DIR/trajectories.parquet, dropped.json (what each filter dropped, by source), report.html and run.json. The same
    command on the same files writes the same rows and counts, byte for byte.
    """
    from windward.evals.folder import FolderError
    from windward.recipes.codeact.build import TrajectoriesConfig, build_trajectories
    from windward.recipes.codeact.runs import RunsError
    from windward.recipes.codeact.select import SelectionConfig
    from windward.reports import ReportError

    data = os.environ.get("WINDWARD_DATA")
    config = TrajectoriesConfig(
        runs=tuple(runs),
        form=form.value,
        models=tuple(models or ()),
        against=tuple(against or ()),
        data=Path(data) if data else None,
        learn=learn.value,
        selection=SelectionConfig(
            min_turns=min_turns,
            max_chars=max_chars,
            per_source=per_source,
            per_problem=per_problem,
            feedback=with_feedback,
            unjudged=unjudged,
            trust_recorded=trust_recorded,
            seed=seed,
        ),
    )
    try:
        rows = build_trajectories(config, out, command=sys.argv, tell=_say)
    except (FolderError, RunsError, ReportError, OSError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"rows: {rows}")


def _say(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()
