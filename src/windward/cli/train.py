"""`windward train`: from rows on disk to a checkpoint folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from windward.training import Trained
    from windward.training.trainer import Progress

SECONDS_BETWEEN_LINES = 5.0

ModelOption = Annotated[
    str, typer.Option("--model", help="Starting checkpoint: `embedded`, a folder, or a model on the hub.")
]
RowsOption = Annotated[Path, typer.Option("--rows", help="Parquet file of rows.")]
OutOption = Annotated[
    Path, typer.Option("--out", help="Folder of the result; the same command again resumes.")
]
LoraOption = Annotated[
    int, typer.Option(help="Rank of LoRA adapters, merged at the end; 0 trains all weights.")
]
EpochsOption = Annotated[int, typer.Option(help="Passes over the rows.")]
BatchOption = Annotated[int, typer.Option(help="Rows a step.")]
MicroOption = Annotated[
    int | None, typer.Option(help="Rows a forward, where a batch does not fit the memory.")
]
LengthOption = Annotated[
    int, typer.Option(help="Tokens of prompt and answer; a longer prompt loses its beginning.")
]
OrderOption = Annotated[str, typer.Option(help="`shuffled`, or `given`: as the rows lie in the file.")]
SeedOption = Annotated[int, typer.Option(help="Of row order and adapters.")]


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    train = typer.Typer(help="Train a checkpoint on rows from disk.", no_args_is_help=True)
    train.command("sft")(sft)
    train.command("preference")(preference)
    app.add_typer(train, name="train")


def sft(
    rows: RowsOption,
    out: OutOption,
    model: ModelOption = "embedded",
    learning_rate: Annotated[float, typer.Option(help="Peak of AdamW's rate.")] = 2e-5,
    epochs: EpochsOption = 1,
    batch_size: BatchOption = 8,
    micro_batch_size: MicroOption = None,
    max_length: LengthOption = 1024,
    lora_rank: LoraOption = 0,
    order: OrderOption = "shuffled",
    seed: SeedOption = 0,
) -> None:
    """Learns the last assistant turn of each row (`messages`).

    Example: windward train sft --rows correct.parquet --out checkpoints/sft --epochs 2
    """
    from windward.training import SFTConfig, train_sft

    config = _config(
        SFTConfig,
        learning_rate=learning_rate,
        epochs=epochs,
        batch_size=batch_size,
        micro_batch_size=micro_batch_size,
        max_length=max_length,
        lora_rank=lora_rank,
        order=order,
        seed=seed,
    )
    _run(lambda: train_sft(_path(model), rows, out, config, on_step=_lines()))


def preference(
    rows: RowsOption,
    out: OutOption,
    model: ModelOption = "embedded",
    objective: Annotated[str, typer.Option(help="dpo, ipo, hinge, nca_pair or apo_zero.")] = "dpo",
    beta: Annotated[float, typer.Option(help="Strength of the pull to the starting checkpoint.")] = 0.1,
    sft_weight: Annotated[
        float, typer.Option(help="Weight of the chosen answers' likelihood beside it.")
    ] = 0.0,
    learning_rate: Annotated[float, typer.Option(help="Peak of AdamW's rate.")] = 5e-7,
    epochs: EpochsOption = 1,
    batch_size: BatchOption = 8,
    micro_batch_size: MicroOption = None,
    max_length: LengthOption = 1024,
    lora_rank: LoraOption = 0,
    order: OrderOption = "shuffled",
    seed: SeedOption = 0,
) -> None:
    """Learns to prefer `chosen` over `rejected` after `prompt`.

    Example: windward train preference --model checkpoints/sft --rows pairs.parquet --out checkpoints/dpo --objective nca_pair
    """
    from windward.training import PreferenceConfig, train_preference

    config = _config(
        PreferenceConfig,
        objective=objective,
        beta=beta,
        sft_weight=sft_weight,
        learning_rate=learning_rate,
        epochs=epochs,
        batch_size=batch_size,
        micro_batch_size=micro_batch_size,
        max_length=max_length,
        lora_rank=lora_rank,
        order=order,
        seed=seed,
    )
    _run(lambda: train_preference(_path(model), rows, out, config, on_step=_lines()))


def _config(kind: Callable[..., Any], **settings: Any) -> Any:
    try:
        return kind(**settings)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _path(model: str) -> str | Path:
    from windward.models import embedded_path

    return embedded_path() if model == "embedded" else model


def _lines() -> Callable[[Progress], None]:
    """A line every few seconds, and one at the end."""
    last = 0.0

    def line(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= SECONDS_BETWEEN_LINES or progress.step == progress.steps:
            last = now
            typer.echo(
                f"step {progress.step}/{progress.steps} · loss {progress.loss:.4f} · {progress.seconds:.0f} s",
                err=True,
            )

    return line


def _run(train: Callable[[], Trained]) -> None:
    from windward.models import ModelError

    try:
        trained = train()
    except (ModelError, ValueError, FileNotFoundError, FloatingPointError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error
    if trained.skipped:
        typer.echo(f"{trained.path} was finished before")
        return
    typer.echo(
        f"{trained.path}: {len(trained.losses)} steps, loss {trained.losses[0]:.4f} to {trained.losses[-1]:.4f}, "
        f"{trained.seconds:.0f} s"
    )
