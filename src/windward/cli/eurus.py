"""`windward eurus study`: which findings of Eurus show on mined pairs, at a small size."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.outcome import finished, say

eurus = typer.Typer(help="The study of preference learning and reward modelling.", no_args_is_help=True)


class StageChoice(StrEnum):
    """What is done."""

    sentence = "sentence"
    model = "model"
    policies = "policies"


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.add_typer(eurus, name="eurus")


@eurus.callback()
def _group() -> None:
    """The study of preference learning and reward modelling."""


@eurus.command(
    epilog="windward trees mine FILE.parquet --out trees; windward eurus study trees/pairs.parquet --out study"
)
def study(
    pairs: Annotated[
        Path, typer.Argument(metavar="PAIRS.parquet", help="Pairs of windward trees mine or grow.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of the study: new, or of the same one to go on.")
    ],
    model: Annotated[
        str, typer.Option(metavar="NAME", help="embedded, a checkpoint folder, or a hub id.")
    ] = "embedded",
    seeds: Annotated[int, typer.Option(min=1, help="Splits and heads of each objective.")] = 5,
    policy_seeds: Annotated[
        int, typer.Option(min=1, help="Runs of DPO, KTO and NCA on the language model.")
    ] = 3,
    folds: Annotated[int, typer.Option(min=2, help="Parts of the problems; each is held out once.")] = 4,
    max_tokens: Annotated[int, typer.Option(min=1, help="DPO, KTO, NCA: longer pairs are left out.")] = 384,
    max_pairs: Annotated[int, typer.Option(min=2, help="DPO, KTO, NCA: pairs learnt from at most.")] = 64,
    epochs: Annotated[int, typer.Option(min=1, help="DPO, KTO, NCA: passes over the pairs.")] = 2,
    learning_rate: Annotated[float, typer.Option(min=0, help="DPO, KTO, NCA: peak of AdamW's.")] = 1e-4,
    stage: Annotated[
        list[StageChoice] | None,
        typer.Option(
            help="Only heads on a sentence encoder, heads on the language model, or policies (repeatable)."
        ),
    ] = None,
) -> None:
    """BT against BT + DR for a reward head, and DPO, KTO, NCA for a policy, on problems that were not learnt from.

    No benchmark is scored. Killed at any point, the same command goes on where it was; with more seeds it does those that
    are new.
    """

    def work() -> Path:
        from windward.models import embedded_path
        from windward.recipes.eurus.policies import PolicyConfig
        from windward.recipes.eurus.study import STAGES, StudyConfig, run_study

        config = StudyConfig(
            pairs=pairs,
            model=embedded_path() if model == "embedded" else model,
            folds=folds,
            policy=PolicyConfig(
                most_tokens=max_tokens, most_pairs=max_pairs, epochs=epochs, learning_rate=learning_rate
            ),
        )
        wanted = {one.value for one in stage or ()} or set(STAGES)
        return run_study(
            config,
            out,
            seeds=seeds,
            policy_seeds=policy_seeds,
            stages=[one for one in STAGES if one in wanted],
            command=sys.argv,
            tell=say,
        )

    from windward.evals.reward.book import BookError
    from windward.recipes.errors import RecipeError
    from windward.reports import ReportError
    from windward.training import OutputError, RowError

    finished(work, (BookError, OutputError, RecipeError, ReportError, RowError))
