"""`windward robtest unknown`: does a typo flip an abstention?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from windward.cli.options import BaseUrl, ModelName, RunFolder
from windward.cli.outcome import finished, say
from windward.cli.robtest_rows import KeepOption, ModeOption, robtest
from windward.cli.unknown import (
    AnswerTokens,
    HalfLimit,
    OwnSets,
    QuestionFiles,
    ReleasedSets,
    SetChoice,
    SetsFolder,
    Shots,
    ShotsChoice,
)

if TYPE_CHECKING:
    from windward.evals.robtest.perturbed import Mode


def register(app: typer.Typer) -> None:
    """Adds `unknown` to `windward robtest`."""
    del app
    robtest.command(
        epilog="Our sets: windward robtest unknown --model embedded --own --limit 10 --out joined  ·  The paper's: windward robtest unknown "
        "--model NAME --base-url URL --data unknownbench --set NEC --dimension typo --degree 0.1 --limit 100 --out joined"
    )(unknown)


def unknown(
    model: ModelName,
    out: RunFolder,
    base_url: BaseUrl = None,
    set_: ReleasedSets = None,
    data: SetsFolder = None,
    own: OwnSets = False,
    questions: QuestionFiles = None,
    dimension: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Kind of change (repeatable); typo and glyph without."),
    ] = None,
    degree: Annotated[
        list[float] | None,
        typer.Option(metavar="D", help="No change exceeds it (repeatable); .1, .2 and .4 without."),
    ] = None,
    mode: ModeOption = None,
    keep: KeepOption = None,
    limit: HalfLimit = None,
    shots: Shots = ShotsChoice.zero_shot,
    max_tokens: AnswerTokens = 64,
    seed: Annotated[
        int, typer.Option(help="Of the draws of questions and changes, and of the bootstraps.")
    ] = 0,
    allow_contaminated: Annotated[
        bool,
        typer.Option("--allow-contaminated", help="Score a checkpoint even on what its training.json names."),
    ] = False,
) -> None:
    """Questions with an answer and without, as they are and changed: which replies turn into refusals, and which refusals are lost?

    Writes results.parquet (paired figures by dimension and degree), joined.md, flips.jsonl, report.html, asked/ (a run of windward eval
    unknown for each way) and run.json. Killed at any point, the same command goes on where it was.
    """
    from windward.evals.contaminated import ContaminatedError
    from windward.evals.data import DataError
    from windward.evals.robtest.dimension import RobTestError

    chosen: Mode | None = None if mode is None else mode.value

    def work() -> Path:
        from windward.evals.contaminated import contaminated
        from windward.evals.robtest.joined import JoinedConfig, measure_joined
        from windward.evals.unknown.sets_files import own_sets, packaged_sets, released_sets
        from windward.models import resolve

        sets = [one.value for one in set_ or ([] if questions or own else SetChoice)]
        asked = [
            *(released_sets(sets, data) if sets else ()),
            *(packaged_sets() if own else ()),
            *own_sets(questions or []),
        ]
        names = list(dict.fromkeys(one.dataset for one in asked))
        seen = contaminated(model, () if base_url else names, allowed=allow_contaminated)
        usual = JoinedConfig()
        config = JoinedConfig(
            tuple(dimension or usual.dimensions),
            tuple(degree or usual.degrees),
            chosen,
            limit,
            shots.value,
            max_tokens,
            tuple(keep or ()),
            seed,
        )
        return measure_joined(
            resolve(model, base_url), asked, out, config, contaminated=seen, command=sys.argv, tell=say
        )

    finished(work, (ContaminatedError, DataError, RobTestError))
