"""`windward feedback study`: the preference pipeline end to end, at a size where the truth can be computed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.feedback import feedback
from windward.cli.options import BaseUrl, ModelName, RunFolder
from windward.cli.outcome import finished, say


def register(app: typer.Typer) -> None:
    """Adds `study` to `windward feedback`."""
    del app
    feedback.command(
        "study",
        epilog="windward feedback study --out study  ·  windward feedback study --instructions 60 --best-of 4 --out small",
    )(study)


def study(
    out: RunFolder,
    model: ModelName = "embedded",
    base_url: BaseUrl = None,
    instructions: Annotated[int, typer.Option(min=6, help="Instructions, a third of each source.")] = 300,
    max_tokens: Annotated[int, typer.Option(min=1, help="New tokens of an answer at most.")] = 48,
    best_of: Annotated[
        int, typer.Option(min=1, help="Answers to each held-out instruction to choose from.")
    ] = 16,
    judged: Annotated[
        int, typer.Option(min=0, help="Instructions whose answers the model rates itself.")
    ] = 60,
    judged_freely: Annotated[
        int, typer.Option(min=0, help="Of these, how many also in the pipeline's form, all answers at once.")
    ] = 20,
    backbone: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Of the reward models: sentence (MiniLM), embedded, or a checkpoint, which learns by LoRA.",
        ),
    ] = "sentence",
    epochs: Annotated[int, typer.Option(min=1, help="Passes of a reward model over the pairs.")] = 2,
    seeds: Annotated[int, typer.Option(min=1, help="Reward models of each arm.")] = 3,
    seed: Annotated[int, typer.Option(help="Of instructions, answers, halves and resamples.")] = 0,
) -> None:
    """Instructions whose aspects can be computed: answers, verified and model feedback, reward models, best of n.

    The pool is one model at four temperatures. Reward models are held against a coin's labels, which must come out at 50 %.
    Killed at any point, the same command goes on where it was.
    """

    def work() -> Path:
        from windward.models import resolve
        from windward.recipes.feedback_study.config import StudyConfig
        from windward.recipes.feedback_study.study import run_feedback_study

        config = StudyConfig(
            instructions=instructions,
            max_tokens=max_tokens,
            best_of=best_of,
            judged=judged,
            judged_freely=judged_freely,
            backbone=backbone,
            epochs=epochs,
            seeds=seeds,
            seed=seed,
        )
        return run_feedback_study(resolve(model, base_url=base_url), out, config, command=sys.argv, tell=say)

    from windward.evals.reward.book import BookError
    from windward.recipes.errors import RecipeError
    from windward.training import OutputError, RowError

    finished(work, (BookError, OutputError, RecipeError, RowError))
