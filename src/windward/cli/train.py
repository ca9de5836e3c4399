"""`windward train`: from rows on disk to a checkpoint folder."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from windward.training import Mix, Trained
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
ConversationOption = Annotated[
    int, typer.Option(help="Tokens of a conversation; a longer one loses its oldest exchanges.")
]
WarmupOption = Annotated[float, typer.Option(help="Share of the steps that warm up; from 1 on, how many.")]
MixOption = Annotated[
    Path | None, typer.Option("--mix", help="Parquet file of other rows (`messages`), among these.")
]
ShareOption = Annotated[
    float | None,
    typer.Option(
        help="Share of an epoch's rows that come from --mix, drawn by the seed; without it, all of them."
    ),
]
OrderOption = Annotated[str, typer.Option(help="`shuffled`, or `given`: as the rows lie in the file.")]
SeedOption = Annotated[int, typer.Option(help="Of row order and adapters.")]
GroupOption = Annotated[
    str, typer.Option(help="What --batch-size counts: `row`, or `tree` (the rows of one `tree_id` together).")
]

train = typer.Typer(help="Train a checkpoint on rows from disk.", no_args_is_help=True)
"""The group of commands; other files of this folder add theirs to it."""


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    train.command("sft")(sft)
    train.command("codeact")(codeact)
    train.command("preference")(preference)
    train.command("reward")(reward)
    app.add_typer(train, name="train")


def sft(
    rows: RowsOption,
    out: OutOption,
    model: ModelOption = "embedded",
    mix: MixOption = None,
    mix_share: ShareOption = None,
    learning_rate: Annotated[float, typer.Option(help="Peak of AdamW's rate.")] = 2e-5,
    warmup: WarmupOption = 0.1,
    epochs: EpochsOption = 1,
    batch_size: BatchOption = 8,
    micro_batch_size: MicroOption = None,
    max_length: LengthOption = 1024,
    lora_rank: LoraOption = 0,
    order: OrderOption = "shuffled",
    seed: SeedOption = 0,
) -> None:
    """Learns the answers of each row (`messages`): the last, or with a column `learn` those that it marks.

    Example: windward train sft --rows correct.parquet --out checkpoints/sft --epochs 2
    """
    from windward.training import SFTConfig, train_sft

    config = _config(
        SFTConfig,
        learning_rate=learning_rate,
        warmup=warmup,
        epochs=epochs,
        batch_size=batch_size,
        micro_batch_size=micro_batch_size,
        max_length=max_length,
        lora_rank=lora_rank,
        order=order,
        seed=seed,
    )
    others = _mix(mix, mix_share)
    _run(lambda: train_sft(_path(model), rows, out, config, mix=others, on_step=_lines()))


def codeact(
    rows: Annotated[Path, typer.Option("--rows", help="Parquet file of trajectories (`messages`, `learn`).")],
    out: OutOption,
    model: ModelOption = "embedded",
    mix: MixOption = None,
    mix_share: ShareOption = None,
    learning_rate: Annotated[float, typer.Option(help="Peak of AdamW's rate.")] = 1e-5,
    warmup: WarmupOption = 50,
    epochs: EpochsOption = 5,
    batch_size: Annotated[int, typer.Option(help="Conversations a step.")] = 32,
    micro_batch_size: Annotated[
        int | None, typer.Option(help="Conversations a forward; more of them need more memory.")
    ] = 4,
    max_length: ConversationOption = 4096,
    lora_rank: LoraOption = 0,
    seed: SeedOption = 0,
) -> None:
    """Fine-tunes an agent on trajectories as CodeActAgent was: every marked message is learnt.

    The defaults are the paper's settings; each can be changed. With few rows, lower --warmup: below 51 steps the rate never
    reaches its peak.

    Example: windward train codeact --rows trajectories.parquet --mix general.parquet --out checkpoints/codeact
    """
    from dataclasses import replace

    from windward.recipes.codeact.finetune import PRESET, finetune

    config = _config(
        lambda **settings: replace(PRESET, **settings),
        learning_rate=learning_rate,
        warmup=warmup,
        epochs=epochs,
        batch_size=batch_size,
        micro_batch_size=micro_batch_size,
        max_length=max_length,
        lora_rank=lora_rank,
        seed=seed,
    )
    others = _mix(mix, mix_share)
    _run(lambda: finetune(_path(model), rows, out, config, mix=others, on_step=_lines()))


def preference(
    rows: RowsOption,
    out: OutOption,
    model: ModelOption = "embedded",
    objective: Annotated[str, typer.Option(help="dpo, ipo, hinge, nca_pair, kto or apo_zero.")] = "dpo",
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
    group: GroupOption = "row",
    seed: SeedOption = 0,
) -> None:
    """Learns to prefer `chosen` over `rejected` after `prompt`; a column `weight` is a factor of a row's loss.

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
        group=group,
        seed=seed,
    )
    _run(lambda: train_preference(_path(model), rows, out, config, on_step=_lines()))


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
    learning_rate: Annotated[float, typer.Option(help="Peak of AdamW's rate.")] = 1e-5,
    epochs: EpochsOption = 1,
    batch_size: BatchOption = 8,
    micro_batch_size: MicroOption = None,
    max_length: LengthOption = 1024,
    lora_rank: LoraOption = 0,
    order: OrderOption = "shuffled",
    group: GroupOption = "row",
    seed: SeedOption = 0,
) -> None:
    """Learns a reward that is higher for `chosen` than for `rejected`, and above and below zero where that is known.

    Example: windward train reward --rows pairs.parquet --out checkpoints/reward --absolute-sources tree,augmented
    """
    from windward.training import RewardConfig, train_reward

    config = _config(
        RewardConfig,
        absolute_sources=None if absolute_sources is None else tuple(absolute_sources.split(",")),
        source_column=source_column,
        learning_rate=learning_rate,
        epochs=epochs,
        batch_size=batch_size,
        micro_batch_size=micro_batch_size,
        max_length=max_length,
        lora_rank=lora_rank,
        order=order,
        group=group,
        seed=seed,
    )
    _run(lambda: train_reward(_path(model), rows, out, config, on_step=_lines()))


def _config(kind: Callable[..., Any], **settings: Any) -> Any:
    try:
        return kind(**settings)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


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


def _path(model: str) -> str | Path:
    from windward.models import embedded_path

    return embedded_path() if model == "embedded" else model


def _lines() -> Callable[[Progress], None]:
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


def _speaks() -> bool:
    """Whether this process is the first of those that `accelerate launch` started, or the only one."""
    return os.environ.get("RANK", "0") == "0"


def _run(train: Callable[[], Trained]) -> None:
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
