"""`windward robtest study`: trained on some kinds of change, measured on those held out."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.options import RunFolder
from windward.cli.outcome import finished, say
from windward.cli.robtest_rows import robtest


class ArmChoice(StrEnum):
    """What is trained beside `clean`."""

    hardened = "hardened"
    hardened_one = "hardened-one"


def register(app: typer.Typer) -> None:
    """Adds `study` to `windward robtest`."""
    del app
    robtest.command(
        epilog="windward robtest study --train train.tsv --test dev.tsv --model checkpoint --out study  ·  Small: windward robtest study "
        "--train train.tsv --test dev.tsv --model checkpoint --train-limit 1000 --test-limit 200 --seeds 1 --out look"
    )(study)


def study(
    train: Annotated[
        Path, typer.Option(metavar="FILE", help="Texts and labels to learn from: CSV, TSV, JSONL or Parquet.")
    ],
    test: Annotated[Path, typer.Option(metavar="FILE", help="Others, to measure on.")],
    model: Annotated[
        Path, typer.Option(metavar="PATH", help="A checkpoint with a trained classification head.")
    ],
    out: RunFolder,
    dimension: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Learnt from (repeatable); typo, glyph and synonym without.",
        ),
    ] = None,
    held_out: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only measured (repeatable); phonetic, inflection, syntax and distraction without.",
        ),
    ] = None,
    arm: Annotated[
        list[ArmChoice] | None,
        typer.Option(
            help="Trained beside clean (repeatable); hardened-one learns from the first dimension alone."
        ),
    ] = None,
    train_degree: Annotated[
        float, typer.Option(metavar="D", help="Of the copies that are learnt from.")
    ] = 0.2,
    degree: Annotated[
        list[float] | None, typer.Option(metavar="D", help="Measured (repeatable); .1 and .3 without.")
    ] = None,
    samples: Annotated[int, typer.Option(min=1, metavar="N", help="Of each test text.")] = 2,
    train_limit: Annotated[
        int, typer.Option(min=1, metavar="N", help="Texts to learn from, at most.")
    ] = 2_500,
    test_limit: Annotated[int, typer.Option(min=1, metavar="N", help="Texts to measure on, at most.")] = 300,
    learning_rate: Annotated[float, typer.Option(help="Peak of AdamW's rate, in the one epoch.")] = 5e-5,
    batch_size: Annotated[int, typer.Option(min=1, help="Texts a step.")] = 32,
    seeds: Annotated[int, typer.Option(min=1, metavar="N", help="Trainings of each arm.")] = 2,
    seed: Annotated[int, typer.Option(help="Of the draws of texts and of test samples.")] = 0,
) -> None:
    """Does training on some kinds of change help against others, and what does it cost on texts as they are?

    A classifier goes on for one epoch, in equal steps: on texts twice (clean), or on each text and a changed copy (hardened). All are
    measured on the same samples. Writes results.parquet, study.md, measured/, training/ and run.json. Killed at any point, the same command goes on.
    """
    from windward.evals.robtest.dimension import RobTestError
    from windward.recipes.errors import RecipeError
    from windward.rows.labelled import LabelledError
    from windward.training.output import OutputError

    def work() -> Path:
        from windward.evals.robtest.checkpoint import checkpoint_classifier
        from windward.recipes.robtest.config import CLEAN, HardenedConfig
        from windward.recipes.robtest.hardened import run_hardened_study
        from windward.rows.labelled import read_labelled

        usual = HardenedConfig()
        config = HardenedConfig(
            tuple(dimension or usual.dimensions),
            tuple(held_out or usual.held_out),
            (CLEAN, *(one.value for one in arm or [ArmChoice.hardened])),
            train_degree,
            tuple(degree or usual.degrees),
            samples,
            train_limit,
            test_limit,
            learning_rate,
            batch_size,
            tuple(range(seeds)),
            seed,
        )
        classes = checkpoint_classifier(model, device="cpu").classes
        learnt, asked = (read_labelled(path, classes=classes) for path in (train, test))
        return run_hardened_study(model, learnt, asked, out, config, dataset=test.stem, command=sys.argv, tell=say)  # fmt: skip

    finished(work, (LabelledError, OutputError, RecipeError, RobTestError))
