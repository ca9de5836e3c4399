"""`windward best-of-n`: a model answers each prompt n times, and the answer that a reward model likes best is kept."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.options import BaseUrl, ModelName, RunFolder
from windward.cli.outcome import finished, refuse, say


def register(app: typer.Typer) -> None:
    """Adds the command of this file."""
    app.command(
        "best-of-n",
        epilog="On this machine: windward best-of-n prompts.jsonl --reward checkpoints/reward --n 16 --out best  ·  "
        "With a rule: windward best-of-n prompts.jsonl --reward shorter --n 4 --out short  ·  "
        'A line of PROMPTS: {"prompt": "What is 2 + 2?", "reference": "4", "kind": "math"}',
    )(best_of_n)


def best_of_n(
    prompts: Annotated[
        Path,
        typer.Argument(
            metavar="PROMPTS",
            help="JSONL, JSON or Parquet: prompt (or instruction); reference and kind, or checks, to measure by.",
        ),
    ],
    reward: Annotated[
        str,
        typer.Option(
            metavar="DIR",
            help="Who chooses: a folder of windward train reward, or a rule: shorter, longer.",
        ),
    ],
    out: RunFolder,
    model: ModelName = "embedded",
    base_url: BaseUrl = None,
    n: Annotated[int, typer.Option("--n", min=1, help="Answers to each prompt.")] = 16,
    temperature: Annotated[float, typer.Option(min=0, help="Of the answers.")] = 1.0,
    top_p: Annotated[float, typer.Option(min=0.01, max=1, help="Nucleus of the answers.")] = 1.0,
    max_tokens: Annotated[int, typer.Option(min=1, help="New tokens of an answer at most.")] = 512,
    limit: Annotated[int | None, typer.Option(min=1, help="Prompts at most, the first ones.")] = None,
    seed: Annotated[int, typer.Option(help="Of the answers.")] = 0,
) -> None:
    """Draws n answers to each prompt, keeps the best, and says what n is worth.

    Writes DIR/best.parquet (`messages`, for windward train sft), ranked.jsonl (all answers, best first), results.parquet
    (for n' = 1, 2, 4, … n: expected reward without bias, closed-form KL, and where rows say what is right, accuracy beside
    random, vote and ceiling) and report.html. Killed at any point, the same command goes on where it was.
    """
    from windward.evals.data import DataError
    from windward.evals.reward.book import BookError
    from windward.models import Sampling
    from windward.recipes.best_of_n import BestOfNConfig, choose_best
    from windward.reports import ReportError

    sampling = Sampling(temperature=temperature, top_p=top_p, max_tokens=max_tokens, seed=seed)
    try:
        config = BestOfNConfig(prompts=prompts, n=n, sampling=sampling, limit=limit)
    except ValueError as error:
        refuse(str(error))

    def work() -> Path:
        from windward.evals.reward.scorer import resolve_scorer
        from windward.models import resolve

        scorer = resolve_scorer(reward)
        return choose_best(config, resolve(model, base_url), scorer, out, command=sys.argv, tell=say)

    finished(work, (BookError, DataError, ReportError))
