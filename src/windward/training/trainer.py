"""The trainer: transformers' own loop over packed batches, with our objectives in the place of its loss."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from windward.models.loading import native_bfloat16
from windward.training.config import TrainingConfig
from windward.training.conversations import Example
from windward.training.packing import TreeLayout, pack
from windward.training.run import Run

COMPLETE = "complete"
"""A file in a saved state that is written last and holds the seconds so far: a state without it was cut off."""


@dataclass(frozen=True)
class Progress:
    """Where a run stands after a step.

    Attributes:
        step: steps done.
        steps: steps in all.
        loss: of this step.
        seconds: spent training so far.
    """

    step: int
    steps: int
    loss: float
    seconds: float


LossFunction = Callable[[torch.Tensor, dict[str, Any]], torch.Tensor]
"""From the answers' token log-probabilities (T,) and the batch to one loss a unit (tokens, or pairs)."""


@dataclass(frozen=True)
class Task:
    """What a method gives the trainer.

    Attributes:
        units: examples or pairs of all epochs, in the order in which they are trained on.
        collate: packs some of them; see `collate`. Adds `units`, how many losses there will be.
        loss_function: their losses.
    """

    units: list[Any]
    collate: Callable[[Sequence[Any]], dict[str, Any]]
    loss_function: LossFunction


def collate(examples: Sequence[Example]) -> dict[str, Any]:
    """Packs examples.

    Returns:
        `tokens` and `positions` (T,), `nodes`; for the N learnt tokens of all examples, one after the other:
        `sources` (N,), where each is predicted, `targets` (N,), and `owners` (N,), the example of each.
    """
    packed = pack([example.tokens for example in examples])
    sources: list[int] = []
    targets: list[int] = []
    owners: list[int] = []
    for number, (example, places) in enumerate(zip(examples, packed.places, strict=True)):
        for start, end in example.learnt:
            sources.extend(places[start - 1 : end - 1])
            targets.extend(example.tokens[start:end])
        owners.extend([number] * example.answer_tokens)
    return {
        "tokens": torch.tensor(packed.tokens),
        "positions": torch.tensor(packed.positions),
        "nodes": packed.nodes,
        "sources": torch.tensor(sources),
        "targets": torch.tensor(targets),
        "owners": torch.tensor(owners),
    }


def answer_log_probabilities(model: Any, batch: dict[str, Any]) -> torch.Tensor:
    """Log-probability (nats) of each answer token of a packed batch, (N,); the LM head sees no other place."""
    output = model(
        input_ids=batch["tokens"][None],
        position_ids=batch["positions"][None],
        use_cache=False,
        logits_to_keep=batch["sources"],
        layout=TreeLayout(batch["nodes"]),
    )
    losses: torch.Tensor = cross_entropy(output.logits[0].float(), batch["targets"], reduction="none")
    return -losses


class PackedTrainer(Trainer):  # type: ignore[misc]
    """transformers' `Trainer` whose loss is a function of the answers' log-probabilities.

    The loss of an optimiser step is the mean over its units, however it is split into forwards and processes.
    """

    loss_is_scaled_for_ga = True

    def __init__(self, *, loss_function: LossFunction, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.loss_function = loss_function

    def get_batch_samples(
        self, epoch_iterator: Iterator[dict[str, Any]], num_batches: int, device: torch.device
    ) -> tuple[list[dict[str, Any]], torch.Tensor]:
        """The forwards of one optimiser step, and how many units they hold on all processes."""
        batches, _ = super().get_batch_samples(epoch_iterator, num_batches, device)
        units = torch.tensor(sum(batch["units"] for batch in batches), device=device)
        if self.args.world_size > 1:
            units = self.accelerator.gather(units).sum()
        return batches, units

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The units' losses of one forward, summed and divided by the units of the whole step."""
        losses = self.loss_function(answer_log_probabilities(model, inputs), inputs)
        units = inputs["units"] if num_items_in_batch is None else num_items_in_batch
        # Processes average their gradients; their losses are parts of one sum.
        loss: torch.Tensor = losses.sum() / units * self.args.world_size
        return loss


class Watch(TrainerCallback):  # type: ignore[misc]
    """Keeps the loss of every step, tells of it, and asks for a saved state when enough time has passed."""

    def __init__(
        self, save_seconds: float, seconds_before: float, on_step: Callable[[Progress], None] | None
    ) -> None:
        self.save_seconds = save_seconds
        self.on_step = on_step
        self.saved = time.monotonic()
        self._started = self.saved - seconds_before

    def seconds(self) -> float:
        """Time spent training, that of processes which were cut off included."""
        return time.monotonic() - self._started

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float], **_: Any) -> None:
        """Passes the loss on."""
        if "loss" in logs and self.on_step is not None:
            self.on_step(Progress(state.global_step, state.max_steps, logs["loss"], self.seconds()))

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Asks for a saved state."""
        if (
            time.monotonic() - self.saved >= self.save_seconds
            and state.global_step < state.max_steps
            and args.world_size == 1
        ):
            control.should_save = True

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Marks the state as whole, which nothing else says."""
        self.saved = time.monotonic()
        mark = Path(args.output_dir) / f"checkpoint-{state.global_step}" / COMPLETE
        mark.write_text(str(self.seconds()))


def fit(
    run: Run,
    model: Any,
    task: Task,
    on_step: Callable[[Progress], None] | None,
) -> tuple[list[float], float]:
    """Trains in the run's working folder, from its newest saved state on.

    Returns:
        The loss of every step, and the seconds it took.
    """
    state = latest_state(run.part)
    watch = Watch(run.config.save_seconds, float((state / COMPLETE).read_text()) if state else 0.0, on_step)
    trainer = PackedTrainer(
        model=model,
        args=_arguments(run.config, run.part, len(task.units)),
        train_dataset=task.units,
        data_collator=task.collate,
        callbacks=[watch],
        loss_function=task.loss_function,
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train(resume_from_checkpoint=str(state) if state else None)
    return [entry["loss"] for entry in trainer.state.log_history if "loss" in entry], watch.seconds()


def computed_in(config: TrainingConfig) -> str:
    """The precision that a setting comes to on this machine."""
    if config.precision != "auto":
        return config.precision
    return "bfloat16" if native_bfloat16() else "float32"


def _arguments(config: TrainingConfig, folder: Path, units: int) -> TrainingArguments:
    micro = config.micro_batch_size or config.batch_size
    cpu = not torch.cuda.is_available()
    steps = config.max_steps if config.max_steps is not None else -1
    planned = -(-units // config.batch_size) if steps < 0 else steps
    return TrainingArguments(
        output_dir=str(folder),
        learning_rate=config.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=int(config.warmup) if config.warmup >= 1 else round(config.warmup * planned),
        num_train_epochs=1,
        max_steps=steps,
        per_device_train_batch_size=micro,
        gradient_accumulation_steps=config.batch_size // micro,
        weight_decay=config.weight_decay,
        logging_nan_inf_filter=False,
        optim="adamw_torch_fused",
        bf16=computed_in(config) == "bfloat16",
        use_cpu=cpu,
        activation_checkpointing=config.gradient_checkpointing,
        train_sampling_strategy="sequential",
        seed=config.seed,
        logging_steps=1,
        save_strategy="no",
        save_total_limit=1,
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=not cpu,
    )


def latest_state(folder: Path) -> Path | None:
    """The newest whole saved state of a run, where there is one."""
    states = [mark.parent for mark in folder.glob(f"checkpoint-*/{COMPLETE}")]
    return max(states, key=lambda state: int(state.name.rsplit("-", 1)[1]), default=None)
