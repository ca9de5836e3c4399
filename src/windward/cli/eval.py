"""`windward eval`: evaluations of models, live and from recorded runs."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

evals = typer.Typer(help="Evaluate models, or recorded runs of models.", no_args_is_help=True)


class ProfileChoice(StrEnum):
    """Whose graders judge."""

    both = "both"
    released = "released"
    strict = "strict"


class ModeChoice(StrEnum):
    """How SR_1 … SR_k come about."""

    independent = "independent"
    prefix = "prefix"


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.add_typer(evals, name="eval")


@evals.callback()
def _group() -> None:
    """Evaluate models, or recorded runs of models."""


@evals.command(
    epilog="Examples: windward eval mint --replay trajectories.parquet --trust-recorded --out recorded  ·  "
    "windward eval mint --replay trajectories.parquet --task reasoning --out regraded"
)
def mint(
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the run: new, or of the same run to go on.")
    ],
    replay: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Parquet file of recorded runs to make figures of.")
    ] = None,
    trust_recorded: Annotated[
        bool, typer.Option("--trust-recorded", help="With --replay: take recorded verdicts, grade nothing.")
    ] = False,
    profile: Annotated[
        ProfileChoice, typer.Option(help="With --replay: grade by the released rules, by ours, or by both.")
    ] = ProfileChoice.both,
    model: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only these models of the recording (repeatable)."),
    ] = None,
    task: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A task or family, such as gsm8k or reasoning (repeatable)."),
    ] = None,
    mode: Annotated[
        ModeChoice, typer.Option(help="SR_k from runs with budget k each, or all read off the longest run.")
    ] = ModeChoice.independent,
) -> None:
    """MINT: is a problem solved, in how many turns with tools, and does feedback help?

    With --replay, the figures of recorded runs: every proposed solution is graded again in the isolated interpreter,
    by the released rules and by ours, and every difference is listed in DIR/disagreements.parquet.
    """
    from windward.evals.mint.folder import FolderError
    from windward.evals.mint.graders import PROFILES
    from windward.evals.mint.instances import DataError
    from windward.evals.mint.recorded import RecordingError
    from windward.evals.mint.regrade import RegradeError
    from windward.evals.mint.replay import ReplayConfig
    from windward.evals.mint.replay import replay as run_replay
    from windward.interpreter import IsolationError
    from windward.journal import JournalError

    if replay is None:
        typer.echo("error: name a recording with --replay FILE", err=True)
        raise typer.Exit(2)
    config = ReplayConfig(
        recording=replay,
        trust_recorded=trust_recorded,
        profiles=tuple(name for name in PROFILES if profile in (ProfileChoice.both, name)),
        models=tuple(model or ()),
        tasks=tuple(task or ("all",)),
        mode=mode.value,
    )
    try:
        results = run_replay(config, out, command=sys.argv, tell=_say)
    except (
        DataError, FolderError, IsolationError, JournalError, OSError, RecordingError, RegradeError
    ) as error:  # fmt: skip
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        typer.echo("stopped; the same command goes on from here", err=True)
        raise typer.Exit(130) from None
    typer.echo(f"results: {results}")


def _say(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()
