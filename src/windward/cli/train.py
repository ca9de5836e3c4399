"""`windward train`: from rows on disk to a checkpoint folder."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from windward.cli.training_options import (
    MixOption,
    ModelOption,
    OutOption,
    RowsOption,
    ShareOption,
    settings,
)

if TYPE_CHECKING:
    from windward.training import Mix, Trained
    from windward.training.trainer import Progress

SECONDS_BETWEEN_LINES = 5.0
MEMORY = ("batch_size", "micro_batch_size", "max_length", "lora_rank")
PAIRS = ("learning_rate", "schedule", "epochs", *MEMORY, "order", "group", "seed")

train = typer.Typer(help="Train a checkpoint on rows from disk.", no_args_is_help=True)
"""The group of commands; other files of this folder add theirs to it."""


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    train.command("sft")(sft)
    train.command("codeact")(codeact)
    train.command("preference")(preference)
    train.command("reward")(reward)
    app.add_typer(train, name="train")


@settings("learning_rate", "schedule", "warmup", "epochs", *MEMORY, "order", "checkpoint_steps", "seed")
def sft(
    rows: RowsOption,
    out: OutOption,
    model: ModelOption = "embedded",
    mix: MixOption = None,
    mix_share: ShareOption = None,
    **given: Any,
) -> None:
    """Learns the answers of each row (`messages`): the last, or with a column `learn` those that it marks.

    Examples: windward train sft --rows correct.parquet --out checkpoints/sft --epochs 2  ·
    windward train sft --rows arranged.parquet --order order --checkpoint-steps 10 --out checkpoints/near
    """
    from windward.training import SFTConfig, train_sft

    config, others = config_of(SFTConfig, given), _mix(mix, mix_share)
    run(lambda: train_sft(path_of(model), rows, out, config, mix=others, on_step=lines()))


@settings("learning_rate", "warmup", "epochs", "lora_rank", "seed", learning_rate=1e-5, warmup=50, epochs=5)
def codeact(
    rows: Annotated[Path, typer.Option("--rows", help="Parquet file of trajectories (`messages`, `learn`).")],
    out: OutOption,
    model: ModelOption = "embedded",
    mix: MixOption = None,
    mix_share: ShareOption = None,
    batch_size: Annotated[int, typer.Option(help="Conversations a step.")] = 32,
    micro_batch_size: Annotated[
        int | None, typer.Option(help="Conversations a forward; more of them need more memory.")
    ] = 4,
    max_length: Annotated[
        int, typer.Option(help="Tokens of a conversation; a longer one loses its oldest exchanges.")
    ] = 4096,
    **given: Any,
) -> None:
    """Fine-tunes an agent on trajectories as CodeActAgent was: every marked message is learnt.

    The defaults are the paper's settings; each can be changed. With few rows, lower --warmup: below 51 steps the rate never
    reaches its peak.

    Example: windward train codeact --rows trajectories.parquet --mix general.parquet --out checkpoints/codeact
    """
    from dataclasses import replace

    from windward.recipes.codeact.finetune import PRESET, finetune

    conversations = {"batch_size": batch_size, "micro_batch_size": micro_batch_size, "max_length": max_length}
    config = config_of(lambda **changed: replace(PRESET, **changed), given | conversations)
    others = _mix(mix, mix_share)
    run(lambda: finetune(path_of(model), rows, out, config, mix=others, on_step=lines()))


@settings(*PAIRS, learning_rate=5e-7)
def preference(
    rows: RowsOption,
    out: OutOption,
    model: ModelOption = "embedded",
    objective: Annotated[str, typer.Option(help="dpo, ipo, hinge, nca_pair, kto or apo_zero.")] = "dpo",
    beta: Annotated[float, typer.Option(help="Strength of the pull to the starting checkpoint.")] = 0.1,
    sft_weight: Annotated[
        float, typer.Option(help="Weight of the chosen answers' likelihood beside it.")
    ] = 0.0,
    **given: Any,
) -> None:
    """Learns to prefer `chosen` over `rejected` after `prompt`; a column `weight` is a factor of a row's loss.

    Example: windward train preference --model checkpoints/sft --rows pairs.parquet --out checkpoints/dpo --objective nca_pair
    """
    from windward.training import PreferenceConfig, train_preference

    own = {"objective": objective, "beta": beta, "sft_weight": sft_weight}
    config = config_of(PreferenceConfig, given | own)
    run(lambda: train_preference(path_of(model), rows, out, config, on_step=lines()))


@settings(*PAIRS, learning_rate=1e-5)
def reward(
    rows: RowsOption,
    out: OutOption,
    model: ModelOption = "embedded",
    absolute_sources: Annotated[
        str | None,
        typer.Option(
            help="Sources, with commas between them, whose answers are right and wrong, not only better and worse. "
            "Without it, rows say so themselves (`absolute`)."
        ),
    ] = None,
    source_column: Annotated[
        str, typer.Option(help="Column that names a row's source for --absolute-sources.")
    ] = "provenance",
    margin_weight: Annotated[
        float,
        typer.Option(
            help="Of the rows' column `margin`, by which the better answer is to lead; 0 leaves it."
        ),
    ] = 1.0,
    **given: Any,
) -> None:
    """Learns a reward that is higher for `chosen` than for `rejected`, and above and below zero where that is known.

    Examples: windward train reward --rows pairs.parquet --out checkpoints/reward --absolute-sources tree,augmented  ·
    windward train reward --rows feedback/pairs.parquet --out checkpoints/ultrarm  (its `margin` column is used)
    """
    from windward.training import RewardConfig, train_reward

    sources = None if absolute_sources is None else tuple(absolute_sources.split(","))
    own = {"absolute_sources": sources, "source_column": source_column, "margin_weight": margin_weight}
    config = config_of(RewardConfig, given | own)
    run(lambda: train_reward(path_of(model), rows, out, config, on_step=lines()))


def config_of(kind: Callable[..., Any], given: dict[str, Any]) -> Any:
    """A training configuration of these options; what cannot be trained is said as a mistake in the command."""
    try:
        return kind(**given)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def path_of(model: str) -> str | Path:
    """Of a starting checkpoint, by name."""
    from windward.models import embedded_path

    return embedded_path() if model == "embedded" else model


def lines() -> Callable[[Progress], None]:
    """A line every few seconds, and one at the end; of several processes only the first speaks."""
    last = 0.0

    def line(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if not _speaks():
            return
        if now - last >= SECONDS_BETWEEN_LINES or progress.step == progress.steps:
            last = now
            typer.echo(
                f"step {progress.step}/{progress.steps} · loss {progress.loss:.4f} · {progress.seconds:.0f} s",
                err=True,
            )

    return line


def run(train: Callable[[], Trained]) -> None:
    """Trains, and says where the result is or what kept it from being made."""
    from windward.models import ModelError
    from windward.training import never_score

    try:
        trained = train()
    except (ModelError, ValueError, FileNotFoundError, FloatingPointError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error
    if not _speaks():
        return
    if trained.skipped:
        typer.echo(f"{trained.path} was finished before")
        return
    typer.echo(
        f"{trained.path}: {len(trained.losses)} steps, loss {trained.losses[0]:.4f} to {trained.losses[-1]:.4f}, "
        f"{trained.seconds:.0f} s"
    )
    if stamped := never_score(trained.path):
        typer.echo(f"not to be scored on: {', '.join(sorted(stamped))}")


def _mix(rows: Path | None, share: float | None) -> Mix | None:
    from windward.training import Mix

    if rows is None:
        if share is not None:
            raise typer.BadParameter("--mix-share needs --mix FILE")
        return None
    try:
        return Mix(rows=rows, share=share)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _speaks() -> bool:
    """Whether this process is the first of those that `accelerate launch` started, or the only one."""
    return os.environ.get("RANK", "0") == "0"
