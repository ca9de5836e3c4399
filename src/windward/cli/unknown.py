"""`windward eval unknown`: does a model say what it does not know, and is its confidence worth anything?"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.eval import evals
from windward.cli.options import BaseUrl, RunFolder
from windward.cli.outcome import finished, refuse, say


class SetChoice(StrEnum):
    """The released sets."""

    FalseQA = "FalseQA"
    NEC = "NEC"
    RefuNQ = "RefuNQ"


class ShotsChoice(StrEnum):
    """Whether examples are shown."""

    zero_shot = "zero-shot"
    few_shot = "few-shot"


ReleasedSets = Annotated[
    list[SetChoice] | None,
    typer.Option(
        "--set", help="Released set (repeatable; all three where neither --own nor --questions is given)."
    ),
]
SetsFolder = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Holds FalseQA/, NEC/ and RefuNQ/; else WINDWARD_DATA's unknownbench/."),
]
OwnSets = Annotated[
    bool, typer.Option("--own", help="The sets that come with windward: needs no data of yours.")
]
QuestionFiles = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="A set of yours, as `windward unknown build` writes it (repeatable)."),
]


HalfLimit = Annotated[
    int | None, typer.Option(min=1, help="Questions of each half at most, drawn by the seed.")
]
Shots = Annotated[ShotsChoice, typer.Option(help="Whether answered questions come before each question.")]
AnswerTokens = Annotated[int, typer.Option(min=1, help="New tokens of an answer at most.")]


def register(app: typer.Typer) -> None:
    """Adds `unknown` to `windward eval`."""
    del app
    evals.command(
        "unknown",
        epilog="Our sets: windward eval unknown --model embedded --own --limit 10 --out unknown  ·  The paper's: windward eval unknown "
        "--model embedded --data unknownbench --limit 100 --out unknown  ·  A fresh set of yours: windward "
        "unknown build own --out fresh.jsonl, then windward eval unknown --model NAME --base-url URL --questions fresh.jsonl --out fresh  ·  "
        "Recorded answers, without a call: windward eval unknown --replay recorded --out scored",
    )(unknown)


def unknown(
    out: RunFolder,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Who is asked: embedded, a checkpoint folder, a hub id, or an endpoint's name.",
        ),
    ] = None,
    base_url: BaseUrl = None,
    replay: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Score recorded answers: a folder in the released layout, or Parquet with dataset, split, question, references, response.",
        ),
    ] = None,
    set_: ReleasedSets = None,
    data: SetsFolder = None,
    own: OwnSets = False,
    questions: QuestionFiles = None,
    limit: HalfLimit = None,
    shots: Shots = ShotsChoice.zero_shot,
    confidence: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Elicitation (repeatable): verbalised, expected-digit, …; all that the model allows.",
        ),
    ] = None,
    samples: Annotated[
        int, typer.Option(min=1, help="Answers drawn for self-consistency and semantic entropy.")
    ] = 5,
    judge: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Model that says which replies decline and which answers mean the same."
        ),
    ] = None,
    judge_base_url: Annotated[str | None, typer.Option(help="Endpoint of --judge.")] = None,
    max_tokens: AnswerTokens = 64,
    confidence_scale: Annotated[
        str, typer.Option(help="Of a replayed Parquet's confidence: probability, 0-10, 0-100, 1-5, …")
    ] = "probability",
    seed: Annotated[
        int, typer.Option(help="Of the draws of questions and samples, and of the bootstraps.")
    ] = 0,
    allow_contaminated: Annotated[
        bool,
        typer.Option("--allow-contaminated", help="Score a checkpoint even on what its training.json names."),
    ] = False,
) -> None:
    """UnknownBench: refusal where there is an answer and where there is none, and whether confidence is worth anything.

    Word lists (`lexical-paper`, the paper's; `lexical`, ours) and a --judge say which replies decline. Every elicitation of confidence that the
    model allows is asked of the same questions; perplexity of the question alone stands beside them. Killed at any point, the same command goes on.
    """
    from windward.evals.contaminated import ContaminatedError
    from windward.evals.data import DataError

    if (model is None) == (replay is None):
        refuse(
            "say whose answers are scored: --model NAME to ask one, or --replay FOLDER for recorded answers"
        )

    def work() -> Path:
        from windward.evals.contaminated import contaminated
        from windward.evals.unknown.measure import UnknownConfig, measure_unknown
        from windward.evals.unknown.recorded_table import scale_named
        from windward.evals.unknown.replay import ReplayConfig, replay_unknown
        from windward.evals.unknown.sets_files import own_sets, packaged_sets, released_sets
        from windward.models import resolve

        if replay is not None:
            scoring = ReplayConfig(scale_named(confidence_scale), seed)
            return replay_unknown(replay, out, scoring, command=sys.argv, tell=say)
        assert model is not None
        sets = [one.value for one in set_ or ([] if questions or own else SetChoice)]
        asked = [
            *(released_sets(sets, data) if sets else ()),
            *(packaged_sets() if own else ()),
            *own_sets(questions or []),
        ]
        names = list(dict.fromkeys(one.dataset for one in asked))
        seen = contaminated(model, () if base_url else names, allowed=allow_contaminated)
        config = UnknownConfig(
            shots.value,
            None if confidence is None else tuple(confidence),
            limit,
            max_tokens,
            samples,
            seed=seed,
        )
        return measure_unknown(
            resolve(model, base_url),
            asked,
            out,
            config,
            judge=None if judge is None else resolve(judge, judge_base_url),
            contaminated=seen,
            command=sys.argv,
            tell=say,
        ).results

    finished(work, (ContaminatedError, DataError))
