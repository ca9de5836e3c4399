"""`windward eval shift`: train in distribution, measure out of it, at many points and by many methods."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from windward.cli.eval import evals
from windward.cli.options import RunFolder, named_path
from windward.cli.outcome import finished, refuse, say


class FactorChoice(StrEnum):
    """What points of a curve differ in."""

    steps = "steps"
    shots = "shots"
    adapter = "adapter"
    size = "size"
    method = "method"


def register(app: typer.Typer) -> None:
    """Adds `shift` to `windward eval`."""
    del app
    evals.command(
        "shift",
        epilog="windward eval shift --task rated --test-limit 400 --jobs 2 --out shifted  ·  "
        "Methods: windward eval shift --task rated --factor method --seed 0 --seed 1 --seed 2 --out methods  ·  "
        "Your own: windward eval shift --train train.csv --id-test test.csv --ood forum=forum.csv --out shifted",
    )(shift)


def shift(
    out: RunFolder,
    task: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A declared task: rated, sentiment, toxicity, inference, entities, questions.",
        ),
    ] = None,
    local: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=PATH",
            help="With --task (repeatable): a file or folder of one set; NAME:SPLIT=PATH for one split. Without it: shift/ of WINDWARD_DATA, then the hub.",
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="With --task (repeatable): a set out of distribution to leave out."
        ),
    ] = None,
    train: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Your own texts and labels to learn from: CSV, TSV, JSONL, Parquet."
        ),
    ] = None,
    id_test: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --train: others from where these are.")
    ] = None,
    ood: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=FILE", help="With --train (repeatable): texts from elsewhere."),
    ] = None,
    class_: Annotated[
        list[str] | None,
        typer.Option(
            "--class", metavar="NAME", help="With --train (repeatable): a class, in the order of labels."
        ),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Encoder or encoder-decoder (repeatable, for factor size): `embedded` (all-MiniLM-L6-v2), a folder, a hub id."
        ),
    ] = None,
    factor: Annotated[
        list[FactorChoice] | None,
        typer.Option(help="What the points differ in (repeatable).", show_default="steps and shots"),
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="With --factor method (repeatable): eda, freelb, smoothing, focal, debias; vanilla always.",
            show_default="all",
        ),
    ] = None,
    shots: Annotated[
        list[int] | None,
        typer.Option(metavar="N", help="Texts of each class (repeatable).", show_default="1, 2, 4, … 128"),
    ] = None,
    shot_seeds: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Trainings of each --shots.",
            show_default="5 below 100, 3 below 1,000, else 1",
        ),
    ] = None,
    adapter: Annotated[
        list[int] | None,
        typer.Option(
            metavar="WIDTH", help="Of --factor adapter (repeatable).", show_default="1, 4, 16, … 1,024"
        ),
    ] = None,
    seed: Annotated[
        list[int] | None,
        typer.Option(metavar="N", help="Of a training on the whole set (repeatable).", show_default="0"),
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the whole set.")] = 3,
    learning_rate: Annotated[float, typer.Option(help="Peak of AdamW's rate.")] = 5e-5,
    adapter_rate: Annotated[float, typer.Option(help="The same, of adapters.")] = 1e-3,
    batch_size: Annotated[int, typer.Option(min=1, help="Texts a step.")] = 16,
    max_length: Annotated[int, typer.Option(min=8, help="Tokens of a text at most.")] = 128,
    train_limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Training texts at most, drawn by --draw-seed.")
    ] = None,
    test_limit: Annotated[
        int | None, typer.Option(min=2, metavar="N", help="Texts of each test set at most, likewise.")
    ] = None,
    draw_seed: Annotated[int, typer.Option(help="Of what is drawn from the sets.")] = 0,
    allow_overlap: Annotated[
        bool, typer.Option(help="Measure sets that stand in the training set all the same.")
    ] = False,
    keep: Annotated[bool, typer.Option(help="Keep the checkpoints.")] = False,
    beside: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="results.parquet of `windward shift llm` to show on the page (repeatable)."
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Trainings at a time, in processes of their own.")] = 1,
) -> None:
    """Trains in distribution and measures out of it: the matrix, the curve and its type, and what methods do.

    A set out of distribution that stands in the training set is refused; single texts that do are left out. Writes points/ (rows and probabilities of each point), results.parquet,
    overlaps.json, report.html and run.json. Killed at any point, the same command goes on where it was.
    """
    from windward.evals.shift.task import ShiftError
    from windward.rows.labelled import LabelledError
    from windward.training.output import OutputError

    if (task is None) == (train is None):
        refuse("name either --task or your own --train, --id-test and --ood")

    def work() -> Path:
        from windward.recipes.shift import ShiftConfig, declared_sets, own_sets, run_shift
        from windward.training.robust.methods import METHODS

        config = ShiftConfig(
            models=tuple(model or ("embedded",)),
            factors=tuple(one.value for one in factor or (FactorChoice.steps, FactorChoice.shots)),
            methods=tuple(method or METHODS),
            seeds=tuple(seed or (0,)),
            shots=tuple(shots or ShiftConfig.shots),
            shot_seeds=shot_seeds,
            adapters=tuple(adapter or ShiftConfig.adapters),
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            adapter_rate=adapter_rate,
            max_length=max_length,
            train_limit=train_limit,
            test_limit=test_limit,
            draw_seed=draw_seed,
            keep=keep,
        )
        if task is not None:
            sets = declared_sets(
                task,
                local=local or (),
                without=without or (),
                train_limit=train_limit,
                test_limit=test_limit,
                seed=draw_seed,
                tell=say,
            )
        else:
            if train is None or id_test is None:
                raise ShiftError(
                    "--train needs --id-test FILE: other texts from where the training texts are"
                )
            sets = own_sets(
                train,
                id_test,
                dict(map(named_path, ood or ())),
                classes=class_,
                train_limit=train_limit,
                test_limit=test_limit,
                seed=draw_seed,
                tell=say,
            )
        return run_shift(
            sets,
            out,
            config,
            allow_overlap=allow_overlap,
            jobs=jobs,
            beside=beside or (),
            command=sys.argv,
            tell=say,
        )

    finished(work, (LabelledError, OutputError, ShiftError, ValueError))
