"""`windward eval winrate`: which of two systems' answers does a judge prefer?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.eval import evals
from windward.cli.options import RunFolder
from windward.cli.outcome import finished, refuse, say


def register(app: typer.Typer) -> None:
    """Adds `winrate` to `windward eval`."""
    del app
    evals.command(
        "winrate",
        epilog="Two files of answers: windward eval winrate mine.jsonl theirs.jsonl --judge NAME --base-url URL --out judged  ·  "
        "Two models: windward eval winrate prompts.jsonl --model checkpoints/dpo --baseline embedded --judge NAME --base-url URL "
        "--out judged",
    )(winrate)


def winrate(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="ANSWERS BASELINE_ANSWERS | PROMPTS",
            help="Two files of rows with instruction and output (or messages), matched by id or instruction; with "
            "--model and --baseline, one file of prompts.",
        ),
    ],
    out: RunFolder,
    judge: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Who judges: embedded, a checkpoint folder, a hub id, or an endpoint's name."
        ),
    ],
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="OpenAI-compatible endpoint of --judge.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="With a file of prompts: the model whose answers are judged."),
    ] = None,
    model_base_url: Annotated[str | None, typer.Option(help="Endpoint of --model.")] = None,
    baseline: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="With a file of prompts: the model that it is compared with."),
    ] = None,
    baseline_base_url: Annotated[str | None, typer.Option(help="Endpoint of --baseline.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Pairs at most, drawn by the seed.")] = None,
    tries: Annotated[int, typer.Option(min=1, help="Replies at most for one verdict.")] = 3,
    max_tokens: Annotated[int, typer.Option(min=1, help="New tokens of a verdict at most.")] = 512,
    answer_tokens: Annotated[
        int, typer.Option(min=1, help="New tokens of an answer at most, where models answer.")
    ] = 1024,
    seed: Annotated[int, typer.Option(help="Of the draw of --limit and of the bootstrap.")] = 0,
) -> None:
    """Win rate: each pair is judged in both orders; ties and unread verdicts count half, length is controlled for.

    Killed at any point, the same command goes on where it was.
    """
    from windward.evals.data import DataError

    made = model is not None or baseline is not None
    if made and (model is None or baseline is None or len(files) != 1):
        refuse("to have models answer, give one file of prompts, --model and --baseline")
    if not made and len(files) != 2:
        refuse("give two files of answers, or one file of prompts with --model and --baseline")

    def work() -> Path:
        from windward.evals.winrate.answers import read_answers
        from windward.evals.winrate.measure import WinRateConfig, measure_winrate
        from windward.models import resolve

        config = WinRateConfig(tries, max_tokens, limit, seed, answer_tokens)
        if model is not None and baseline is not None:
            sides = resolve(model, model_base_url), resolve(baseline, baseline_base_url)
            return measure_winrate(
                *sides, resolve(judge, base_url), out, config, prompts=files[0], command=sys.argv, tell=say
            )
        answers = read_answers(files[0]), read_answers(files[1])
        return measure_winrate(*answers, resolve(judge, base_url), out, config, command=sys.argv, tell=say)

    finished(work, (DataError,))
