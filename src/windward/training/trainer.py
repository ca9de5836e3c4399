"""The trainer: transformers' own loop over packed batches, with our objectives in the place of its loss."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from windward.models.loading import native_bfloat16
from windward.training.config import TrainingConfig
from windward.training.conversations import Example
from windward.training.packing import TreeLayout, pack
from windward.training.processes import first, here, said_by_first
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


@dataclass(frozen=True)
class Losses:
    """What a method says of a batch.

    Attributes:
        values: one loss a unit (tokens, or pairs).
        seen: other values of each unit; their means over each step are kept beside the loss.
    """

    values: torch.Tensor
    seen: dict[str, torch.Tensor] = field(default_factory=dict)


LossFunction = Callable[[torch.Tensor, dict[str, Any]], Losses]
"""From what the forward gives and the batch to losses."""


@dataclass(frozen=True)
class Task:
    """What a method gives the trainer.

    Attributes:
        rows: examples, pairs or trees of all epochs, in the order in which they are trained on.
        collate: packs some of them; see `collate`. Adds `units`, how many losses there will be.
        loss_function: their losses.
        forward: from the model and a batch to what the losses are of; the answers' log-probabilities, or rewards.
    """

    rows: list[Any]
    collate: Callable[[Sequence[Any]], dict[str, Any]]
    loss_function: LossFunction
    forward: Callable[[Any, dict[str, Any]], torch.Tensor]


@dataclass(frozen=True)
class Spare:
    """A row that counts nothing: all processes need equally many forwards."""

    row: Any


def collate_but_spares(rows: Sequence[Any], task: Task) -> dict[str, Any]:
    """A batch of a task, in which spare rows have no share."""
    real = [row for row in rows if not isinstance(row, Spare)]
    if real:
        return task.collate(real)
    return task.collate([rows[0].row]) | {"units": 0}


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
    logits = output.logits[0]
    exact = logits.to(torch.promote_types(logits.dtype, torch.float32))
    losses: torch.Tensor = cross_entropy(exact, batch["targets"], reduction="none")
    return -losses


class PackedTrainer(Trainer):  # type: ignore[misc]
    """transformers' `Trainer` whose loss is a task's.

    The loss of an optimiser step is the mean over its units, however it is split into forwards and processes.
    """

    loss_is_scaled_for_ga = True

    def __init__(self, *, task: Task, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.task = task
        self.seen: dict[str, torch.Tensor] = {}

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
        losses = self.task.loss_function(self.task.forward(model, inputs), inputs)
        units = inputs["units"] if num_items_in_batch is None else num_items_in_batch
        counted = 1.0 if inputs["units"] else 0.0
        for name, values in losses.seen.items():
            share = counted * values.detach().sum() / units
            self.seen[name] = self.seen.get(name, 0.0) + share
        # Processes average their gradients; their losses are parts of one sum.
        loss: torch.Tensor = counted * losses.values.sum() / units * self.args.world_size
        return loss

    def log(self, logs: dict[str, float], *arguments: Any, **named: Any) -> None:
        """Adds the step's means of what was seen to its loss."""
        if "loss" in logs:
            for name, mean in self.seen.items():
                whole = self.accelerator.gather(mean).sum() if self.args.world_size > 1 else mean
                logs[name] = float(whole)
            self.seen = {}
        super().log(logs, *arguments, **named)


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
        due = said_by_first(time.monotonic() - self.saved >= self.save_seconds)
        if due and state.global_step < state.max_steps:
            control.should_save = True

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Marks the state as whole, which nothing else says."""
        self.saved = time.monotonic()
        if not first():
            return
        mark = Path(args.output_dir) / f"checkpoint-{state.global_step}" / COMPLETE
        mark.write_text(str(self.seconds()))


@dataclass(frozen=True)
class Fitted:
    """What training showed.

    Attributes:
        losses: one a step.
        curves: by name, the means of each step of what the method keeps beside its loss.
        seconds: it took.
    """

    losses: list[float]
    curves: dict[str, list[float]]
    seconds: float


def fit(
    run: Run,
    model: Any,
    task: Task,
    on_step: Callable[[Progress], None] | None,
    callbacks: Sequence[TrainerCallback] = (),
) -> Fitted:
    """Trains in the run's working folder, from its newest saved state on.

    Args:
        run: its folder and settings.
        model: is trained in place.
        task: rows and losses.
        on_step: hears of every step.
        callbacks: of transformers, beside those that keep losses and states.
    """
    state = latest_state(run.part)
    watch = Watch(run.config.save_seconds, float((state / COMPLETE).read_text()) if state else 0.0, on_step)
    arguments = _arguments(run.config, run.part, len(task.rows))
    trainer = PackedTrainer(
        model=model,
        args=arguments,
        train_dataset=_even(task.rows, run.config.batch_size, arguments.world_size),
        data_collator=partial(collate_but_spares, task=task),
        callbacks=[watch, *callbacks],
        task=task,
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train(resume_from_checkpoint=str(state) if state else None)
    steps = [entry for entry in trainer.state.log_history if "loss" in entry]
    known = {"loss", "grad_norm", "learning_rate", "epoch", "step"}
    names = [name for name in (steps[0] if steps else {}) if name not in known]
    return Fitted(
        [entry["loss"] for entry in steps],
        {name: [entry[name] for entry in steps] for name in names},
        watch.seconds(),
    )


def _even(rows: list[Any], batch_size: int, processes: int) -> list[Any]:
    """Rows that fill each process's share of the last step; alone, they need not."""
    missing = -len(rows) % (batch_size * processes) if processes > 1 else 0
    return rows + [Spare(rows[0])] * missing


def computed_in(config: TrainingConfig) -> str:
    """The precision that a setting comes to on this machine."""
    if config.precision != "auto":
        return config.precision
    return "bfloat16" if native_bfloat16() else "float32"


def _arguments(config: TrainingConfig, folder: Path, rows: int) -> TrainingArguments:
    micro = config.micro_batch_size or config.batch_size
    cpu = not torch.cuda.is_available()
    steps = config.max_steps if config.max_steps is not None else -1
    planned = -(-rows // (config.batch_size * here().num_processes)) if steps < 0 else steps
    return TrainingArguments(
        output_dir=str(folder),
        learning_rate=config.learning_rate,
        lr_scheduler_type=config.rate,
        warmup_steps=_warmup(config, planned),
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


def _warmup(config: TrainingConfig, steps: int) -> int:
    if config.rate == "constant":
        return 0
    return int(config.warmup) if config.warmup >= 1 else round(config.warmup * steps)


def latest_state(folder: Path) -> Path | None:
    """The newest whole saved state of a run, where there is one."""
    states = [mark.parent for mark in folder.glob(f"checkpoint-*/{COMPLETE}")]
    return max(states, key=lambda state: int(state.name.rsplit("-", 1)[1]), default=None)
