"""`windward eval reward` and `windward rerank`: a reward model measured, and put to use."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.eval import evals
from windward.cli.outcome import finished, say

ScorerOption = Annotated[
    str,
    typer.Option(
        "--model",
        metavar="DIR",
        help="Folder of windward train reward; or a rule to compare with: shorter, longer.",
    ),
]
OutOption = Annotated[
    Path, typer.Option(metavar="DIR", help="Folder of the run: new, or of the same run to go on.")
]


def register(app: typer.Typer) -> None:
    """Adds `reward` to `windward eval`, and `windward rerank`."""
    evals.command(
        "reward",
        epilog="windward eval reward trees/pairs.parquet --model shorter --out judged  ·  "
        "windward eval reward rewardbench --model checkpoints/reward --out judged",
    )(reward)
    app.command(
        epilog='A line of FILE: {"prompt": "…", "candidates": ["…", {"text": "…", "answer": "4", "correct": true}]}'
    )(rerank)


def reward(
    pairs: Annotated[
        str,
        typer.Argument(
            metavar="PAIRS",
            help="prompt, chosen, rejected: a file (Parquet, JSONL), a data set on the hub, or rewardbench.",
        ),
    ],
    model: ScorerOption,
    out: OutOption,
    by: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Column to tell apart; without it, subset or the like."),
    ] = None,
    split: Annotated[str, typer.Option(help="Of a data set on the hub.")] = "train",
    limit: Annotated[int | None, typer.Option(min=1, help="Pairs at most, the first ones.")] = None,
    allow_contaminated: Annotated[
        bool,
        typer.Option(
            "--allow-contaminated", help="Score a model even on what its training.json says it has seen."
        ),
    ] = False,
) -> None:
    """Pair accuracy: how often is the better answer ahead? Ties count half.

    On RewardBench's pairs also its four sections and their mean. Killed at any point, the same command goes on where it was.
    """
    from windward.evals.contaminated import ContaminatedError
    from windward.evals.data import DataError
    from windward.evals.reward.book import BookError

    def work() -> Path:
        from windward.evals.contaminated import contaminated
        from windward.evals.reward.measure import measure_pairs, overlapping
        from windward.evals.reward.scorer import resolve_scorer

        contaminated(model, overlapping(pairs), allowed=allow_contaminated)
        return measure_pairs(
            resolve_scorer(model), pairs, out, by=by, split=split, limit=limit, command=sys.argv, tell=say
        )

    finished(work, (BookError, ContaminatedError, DataError))


def rerank(
    candidates: Annotated[
        Path, typer.Argument(metavar="FILE", help="Prompts and candidates (JSONL, JSON, Parquet).")
    ],
    model: ScorerOption,
    out: OutOption,
    n: Annotated[
        list[int] | None, typer.Option("--n", min=1, help="Best of so many (repeatable); 1, 2, 4, 8, 16.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of draws of votes.")] = 0,
) -> None:
    """Puts candidates in order, best first; where verdicts are known, best of n beside random, vote and pass@n."""
    from windward.evals.data import DataError
    from windward.evals.reward.book import BookError

    def work() -> Path:
        from windward.evals.reward.rerank import rerank as put_in_order
        from windward.evals.reward.scorer import resolve_scorer

        sizes = tuple(n) if n else (1, 2, 4, 8, 16)
        return put_in_order(
            resolve_scorer(model), candidates, out, sizes=sizes, seed=seed, command=sys.argv, tell=say
        )

    finished(work, (BookError, DataError))
