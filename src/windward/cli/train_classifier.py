"""`windward train classifier`: an encoder fine-tuned to classify texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from windward.cli.outcome import finished, say
from windward.cli.train import config_of, train
from windward.cli.training_options import OutOption


def register(app: typer.Typer) -> None:
    """Adds the command of this file to `windward train`."""
    del app
    train.command(
        "classifier",
        epilog="windward train classifier --data train.tsv --out checkpoints/sst2 --class negative --class positive "
        "--method focal",
    )(classifier)


def classifier(
    data: Annotated[Path, typer.Option(metavar="FILE", help="Texts and labels: CSV, TSV, JSONL or Parquet.")],
    out: OutOption,
    model: Annotated[
        str, typer.Option(help="Encoder: `embedded` (all-MiniLM-L6-v2), a folder, or a model on the hub.")
    ] = "embedded",
    class_: Annotated[
        list[str] | None,
        typer.Option(
            "--class",
            metavar="NAME",
            help="A class, in the order of the labels (repeatable); else as they are written.",
        ),
    ] = None,
    text_column: Annotated[str | None, typer.Option(metavar="NAME", help="Column of the texts.")] = None,
    label_column: Annotated[str | None, typer.Option(metavar="NAME", help="Column of the labels.")] = None,
    method: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="`vanilla`; for other texts than these: `eda`, `freelb`, `smoothing`, `focal`, `debias`.",
        ),
    ] = "vanilla",
    shots: Annotated[
        int | None, typer.Option(min=1, help="Texts of each class, drawn by the seed; else all.")
    ] = None,
    adapter: Annotated[
        int | None,
        typer.Option(min=1, help="Width of bottleneck adapters that learn in place of the encoder."),
    ] = None,
    lora: Annotated[
        int | None,
        typer.Option(min=1, help="Rank of LoRA, which learns in its place and is merged at the end."),
    ] = None,
    learning_rate: Annotated[float, typer.Option(help="Peak of AdamW's rate.")] = 5e-5,
    schedule: Annotated[
        str, typer.Option(help="Of the rate after its warm-up: `linear` to zero, or `constant`.")
    ] = "linear",
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the texts.")] = 3,
    max_steps: Annotated[int | None, typer.Option(min=1, help="Steps in place of --epochs.")] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Texts a step.")] = 32,
    by_length: Annotated[
        bool,
        typer.Option("--by-length", help="Batches of texts of like length: less is computed for padding."),
    ] = False,
    max_length: Annotated[int, typer.Option(min=1, help="Tokens of a text at most.")] = 128,
    seed: Annotated[int, typer.Option(help="Of the head, the order, dropout, the method and the shots.")] = 0,
) -> None:
    """Fine-tunes an encoder with a classification head; the result is an ordinary checkpoint, for `windward eval robtest` too.

    Only with --adapter it is none: Windward reads it, other programs refuse it.
    """
    from windward.evals.robtest.dimension import RobTestError
    from windward.rows.labelled import LabelledError
    from windward.training.classifier import ClassifierConfig
    from windward.training.output import OutputError

    config = config_of(
        ClassifierConfig,
        {
            "learning_rate": learning_rate,
            "epochs": epochs,
            "batch_size": batch_size,
            "max_length": max_length,
            "seed": seed,
            "method": method,
            "schedule": schedule,
            "max_steps": max_steps,
            "by_length": by_length,
            "adapter": adapter,
            "lora": lora,
        },
    )

    def work() -> Path:
        from windward.evals.shift.synonyms import wordnet_synonyms
        from windward.models.sentence_model import embedded_encoder_path
        from windward.rows.labelled import read_labelled
        from windward.training.classifier import train_classifier
        from windward.training.robust.few_shot import n_per_class

        rows = read_labelled(data, text=text_column, label=label_column, classes=class_)
        classes = class_ or [str(place) for place in range(1 + max(row.label for row in rows))]
        if shots is not None:
            rows = n_per_class(rows, shots, seed)
        start = embedded_encoder_path() if model == "embedded" else model
        say(f"{len(rows):,} texts, {len(classes)} classes")
        trained = train_classifier(start, rows, classes, out, config, synonyms=wordnet_synonyms)
        say(f"loss {trained.losses[0]:.3f} → {trained.losses[-1]:.3f} in {trained.seconds:.0f} s")
        return trained.path

    finished(work, (LabelledError, OutputError, RobTestError))
