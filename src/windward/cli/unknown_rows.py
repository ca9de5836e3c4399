"""`windward unknown rows` and `windward unknown study`: teaching a model to say what it does not know, and what that changes."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.options import RunFolder
from windward.cli.outcome import finished, say
from windward.cli.unknown_sets import unknown


def register(app: typer.Typer) -> None:
    """Adds `rows` and `study` to `windward unknown`."""
    del app
    unknown.command(
        epilog="windward unknown rows unknown --balanced --out rows  ·  "
        "windward train sft --rows rows/sft.parquet …  ·  windward train preference --rows rows/preference.parquet …"
    )(rows)
    unknown.command(epilog="windward unknown study --out study --seed 1")(study)


class DetectorChoice(StrEnum):
    """What decides whether a reply refuses."""

    lexical = "lexical"
    lexical_paper = "lexical-paper"


def rows(
    answers: Annotated[
        Path,
        typer.Argument(
            metavar="ANSWERS",
            help="Answers of a model: a run of windward eval unknown or its answers.jsonl; a Parquet file of dataset, split, question, "
            "references, response, a folder of such; or a folder in the released layout.",
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder of the rows: new, or of the same run.")
    ],
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose answers, where there are several models'.")
    ] = None,
    keep_right: Annotated[
        float | None,
        typer.Option(
            metavar="RATIO", help='Rows that keep an answer for each that says "I don\'t know", at most.'
        ),
    ] = None,
    balanced: Annotated[
        bool,
        typer.Option(
            "--balanced", help='Cut "I don\'t know" to match where fewer answers are kept than that (1:1).'
        ),
    ] = False,
    detector: Annotated[
        DetectorChoice, typer.Option(help="What decides whether a reply refuses.")
    ] = DetectorChoice.lexical,
    seed: Annotated[int, typer.Option(help="Of sentences and of what is cut.")] = 0,
) -> None:
    """Rows that teach "I don't know" where the model is wrong, and its own answer where it is right.

    Writes sft.parquet, preference.parquet, results.parquet (counts) and run.json. A checkpoint that is trained on them is not scored on
    the sets that they come from.
    """
    from windward.evals.data import DataError
    from windward.recipes.errors import RecipeError

    def work() -> Path:
        from windward.recipes.unknown.make import make_unknown_rows
        from windward.recipes.unknown.rows import TeachConfig

        config = TeachConfig(keep_right, balanced, seed)
        return make_unknown_rows(answers, out, config, detector=detector.value, model=model, command=sys.argv, tell=say)  # fmt: skip

    finished(work, (DataError, RecipeError))


def study(
    out: RunFolder,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder of FalseQA, NEC and RefuNQ; else unknownbench/ in WINDWARD_DATA."
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(metavar="NAME", help="embedded, or the folder of a checkpoint.")
    ] = "embedded",
    held_out: Annotated[
        int, typer.Option(min=1, metavar="N", help="Held-out questions of each half of each set.")
    ] = 80,
    seed: Annotated[int, typer.Option(help="Of all draws.")] = 0,
) -> None:
    """Does a model that learns from its own mistakes say what it does not know, or does it only refuse more?

    Asks, makes rows, trains on them (SFT, then preference pairs), and measures refusal on both halves, over-refusal, accuracy and
    calibration on questions whose words it has not met; beside it a rule that refuses everything and one that refuses odd spelling.
    Writes results.parquet, study.md, answers/, rows/, training/ and run.json. Killed at any point, the same command goes on where it was.
    """
    from windward.evals.data import DataError
    from windward.recipes.errors import RecipeError
    from windward.training import OutputError, RowError

    def work() -> Path:
        from windward.evals.unknown.sets_files import released_sets
        from windward.models import embedded_path
        from windward.recipes.unknown.config import UnknownStudyConfig
        from windward.recipes.unknown.study import packaged_categories, run_unknown_study

        config = UnknownStudyConfig(held_out=held_out, seed=seed)
        start = embedded_path() if model == "embedded" else Path(model)
        released, categories = released_sets(folder=data), packaged_categories()
        return run_unknown_study(out, released, categories, start, config, command=sys.argv, tell=say)

    finished(work, (DataError, OutputError, RecipeError, RowError))
