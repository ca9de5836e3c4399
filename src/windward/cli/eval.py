"""`windward eval`: evaluations of models, live and from recorded runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.outcome import finished, refuse, say

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


class FormChoice(StrEnum):
    """What feedback says."""

    textual = "textual"
    binary = "binary"


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.add_typer(evals, name="eval")


@evals.callback()
def _group() -> None:
    """Evaluate models, or recorded runs of models."""


@evals.command(
    epilog="A model: windward eval mint --model embedded --task gsm8k --limit 10 --out live  ·  "
    "With feedback: windward eval mint --model NAME --base-url URL --feedback NAME --out fed  ·  "
    "Recorded runs: windward eval mint --replay trajectories.parquet --trust-recorded --out recorded  ·  "
    "Graded again: windward eval mint --replay trajectories.parquet --task reasoning --out regraded  ·  "
    "Run again: windward eval mint --replay trajectories.parquet --reexecute --limit 100 --out again"
)
def mint(
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the run: new, or of the same run to go on.")
    ],
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="What is evaluated: `embedded`, a checkpoint folder, a hub name or an endpoint's model. "
            "With --replay: only these models of the recording (repeatable).",
        ),
    ] = None,
    task: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A task or family, such as gsm8k or reasoning (repeatable)."),
    ] = None,
    mode: Annotated[
        ModeChoice | None,
        typer.Option(
            help="SR_k from runs with budget k each (default with --replay), or all read off the longest run "
            "(default otherwise)."
        ),
    ] = None,
    profile: Annotated[
        ProfileChoice | None,
        typer.Option(help="Graders: the released rules, ours (strict), or with --replay both (the default)."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="Problems of each task at most; with --reexecute, different runs of each."),
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Parquet file of recorded runs to make figures of.")
    ] = None,
    trust_recorded: Annotated[
        bool, typer.Option("--trust-recorded", help="With --replay: take recorded verdicts, grade nothing.")
    ] = False,
    reexecute: Annotated[
        bool,
        typer.Option("--reexecute", help="With --replay: run recorded code again, compare what it shows."),
    ] = False,
    base_url: Annotated[
        str | None, typer.Option(help="OpenAI-compatible endpoint of --model, e.g. http://localhost:8000/v1.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder of MINT's problems; without it, WINDWARD_DATA's mint/. With --replay: play the recorded games "
            "of ALFWorld again, from the games in it.",
        ),
    ] = None,
    turns: Annotated[int, typer.Option(min=1, help="k: actions a problem at most.")] = 5,
    proposals: Annotated[int, typer.Option(min=1, help="p: proposed solutions a problem at most.")] = 2,
    feedback: Annotated[
        str | None, typer.Option(metavar="NAME", help="Model that gives feedback after each unfinished turn.")
    ] = None,
    feedback_base_url: Annotated[str | None, typer.Option(help="Endpoint of --feedback.")] = None,
    feedback_form: Annotated[
        FormChoice, typer.Option(help="Sentences, or only good or bad.")
    ] = FormChoice.textual,
    show_reference: Annotated[
        bool, typer.Option("--show-reference", help="The feedback model sees the right answer.")
    ] = False,
    wiki: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Recorded searches that answer the Wikipedia search.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the draw of --limit.")] = 0,
    max_tokens: Annotated[int, typer.Option(min=1, help="New tokens of a reply at most.")] = 512,
    system_role: Annotated[
        bool, typer.Option("--system-role", help="Put the rules into a system message.")
    ] = False,
    allow_contaminated: Annotated[
        bool,
        typer.Option(
            "--allow-contaminated", help="Score a checkpoint even on what its training.json says it has seen."
        ),
    ] = False,
) -> None:
    """MINT: is a problem solved, in how many turns with tools, and does feedback help?

    With --model, a model works on the problems. With --replay, figures of recorded runs: every proposed solution is
    graded again in the isolated interpreter, by the released rules and by ours, and every difference is listed in
    DIR/disagreements.parquet. Killed at any point, the same command goes on where it was.
    """
    tasks, names = tuple(task or ("all",)), tuple(model or ())
    if replay is None:
        if trust_recorded or reexecute:
            refuse("--trust-recorded and --reexecute need --replay FILE")
        if len(names) != 1:
            refuse("name one --model to evaluate, or a recording with --replay FILE")
        if profile == ProfileChoice.both:
            refuse("a live run is graded by one profile: --profile strict or --profile released")

        def live() -> Path:
            from windward.evals.contaminated import contaminated
            from windward.evals.mint.instances import selected_tasks
            from windward.evals.mint.live import run_live
            from windward.models import resolve

            scored = () if base_url else ("mint", *selected_tasks(tasks))
            seen = contaminated(names[0], scored, allowed=allow_contaminated)
            return run_live(
                out=out,
                model=resolve(names[0], base_url),
                tasks=tasks,
                data=data,
                turns=turns,
                proposals=proposals,
                mode=(mode or ModeChoice.prefix).value,
                feedback=None if feedback in (None, "none") else resolve(str(feedback), feedback_base_url),
                feedback_form=feedback_form.value,
                show_reference=show_reference,
                wiki=wiki,
                limit=limit,
                seed=seed,
                max_tokens=max_tokens,
                system_role=system_role,
                profile=(profile or ProfileChoice.strict).value,
                contaminated=seen,
                command=sys.argv,
                tell=say,
            )

        finished(live, _errors())
    elif reexecute:
        finished(lambda: _again(replay, names, tasks, limit, out), _errors())
    else:
        if limit is not None:
            refuse("--limit would change the figures of a recording; name models and tasks instead")
        chosen, order = profile or ProfileChoice.both, mode or ModeChoice.independent
        finished(lambda: _replay(replay, trust_recorded, chosen, names, tasks, order, data, out), _errors())


def _replay(
    recording: Path,
    trust: bool,
    profile: ProfileChoice,
    models: Sequence[str],
    tasks: Sequence[str],
    mode: ModeChoice,
    games: Path | None,
    out: Path,
) -> Path:
    from windward.evals.mint.graders import PROFILES
    from windward.evals.mint.replay import ReplayConfig, replay

    config = ReplayConfig(
        recording=recording,
        trust_recorded=trust,
        profiles=tuple(name for name in PROFILES if profile in (ProfileChoice.both, name)),
        models=tuple(models),
        tasks=tuple(tasks),
        mode=mode.value,
        games=games,
    )
    return replay(config, out, command=sys.argv, tell=say)


def _again(
    recording: Path, models: Sequence[str], tasks: Sequence[str], limit: int | None, out: Path
) -> Path:
    from windward.evals.mint.reexecute import ReexecuteConfig, reexecute

    config = ReexecuteConfig(recording, tuple(models), tuple(tasks), limit)
    return reexecute(config, out, command=sys.argv, tell=say)


def _errors() -> tuple[type[Exception], ...]:
    from windward.evals.contaminated import ContaminatedError
    from windward.evals.data import DataError
    from windward.evals.mint.recorded import RecordingError

    return ContaminatedError, DataError, RecordingError
