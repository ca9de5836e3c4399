"""`transformers.Trainer` with another loss, with moved embeddings, with states that are whole, or with someone watching."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from transformers import Trainer, TrainerCallback, TrainingArguments

from windward.training.robust.freelb import FreeLB, first_move, next_move
from windward.training.trainer import COMPLETE

if TYPE_CHECKING:
    from windward.training.classifier import ClassifierConfig
    from windward.training.fine_tuning import FineTuning

Loss = Callable[[Tensor, Tensor, Tensor | None], Tensor]
"""Of logits [n, C], labels [n] and the rows' `bias` [n, C], where they have one."""


def arguments(
    config: ClassifierConfig | FineTuning, folder: Path, steps: int, **own: Any
) -> TrainingArguments:
    """A trainer's arguments: a linear warm-up, then what the schedule says; nothing is printed or reported.

    Args:
        config: rates and sizes.
        folder: of the states.
        steps: of the whole run.
        own: of `TrainingArguments`, what differs from trainer to trainer.
    """
    return TrainingArguments(
        output_dir=str(folder),
        learning_rate=config.learning_rate,
        lr_scheduler_type="linear" if config.schedule == "linear" else "constant_with_warmup",
        warmup_steps=int(config.warmup * steps),
        num_train_epochs=config.epochs,
        per_device_train_batch_size=config.batch_size,
        weight_decay=config.weight_decay,
        seed=config.seed,
        train_sampling_strategy="group_by_length" if config.by_length else "random",
        use_cpu=not torch.cuda.is_available(),
        logging_nan_inf_filter=False,
        save_total_limit=1,
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=torch.cuda.is_available(),
        **own,
    )


class RobustTrainer(Trainer):  # type: ignore[misc]
    """See the module.

    Args:
        loss: in place of the model's own; None keeps it.
        freelb: moves embeddings; None does not.
        given: to `Trainer`.
    """

    def __init__(self, *, loss: Loss | None = None, freelb: FreeLB | None = None, **given: Any) -> None:
        super().__init__(**given)
        self._loss, self._freelb = loss, freelb

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The loss of a batch; with FreeLB its share of the K forwards."""
        if self._loss is None:
            loss, outputs = super().compute_loss(model, inputs, True, num_items_in_batch)
        else:
            asked = {name: value for name, value in inputs.items() if name not in ("labels", "bias")}
            outputs = model(**asked)
            loss = self._loss(outputs.logits, inputs["labels"], inputs.get("bias"))
        if self._freelb is not None and model.training:
            loss = loss / self._freelb.ascents
        return (loss, outputs) if return_outputs else loss

    def training_step(self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None) -> Tensor:
        """Gradients of a batch are added up; returns its loss."""
        if self._freelb is None:
            return super().training_step(model, inputs, num_items_in_batch)  # type: ignore[no-any-return]
        inputs = self._prepare_inputs(inputs)
        words = self.accelerator.unwrap_model(model).get_input_embeddings()
        with torch.no_grad():
            embedded = words(inputs["input_ids"])
        move = first_move(embedded, inputs["attention_mask"], self._freelb.init)
        dropout, total = _random_state(), torch.zeros((), device=embedded.device)
        for _ in range(self._freelb.ascents):
            _set_random_state(dropout)
            move = move.detach().requires_grad_()
            with _moved(words, move):
                total = total + super().training_step(model, dict(inputs), num_items_in_batch)
            assert move.grad is not None
            move = next_move(move.detach(), move.grad, self._freelb)
        return total


class Saved(TrainerCallback):  # type: ignore[misc]
    """Marks saved states that are whole, with the seconds of training so far.

    Args:
        before: seconds of the processes before this one.
    """

    def __init__(self, before: float) -> None:
        self._before, self._started = before, time.monotonic()

    def seconds(self) -> float:
        """Of training, over all processes that worked on it one after the other."""
        return self._before + time.monotonic() - self._started

    def on_save(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """After a state is written."""
        mark = Path(args.output_dir) / f"checkpoint-{state.global_step}" / COMPLETE
        mark.write_text(str(self.seconds()))


class Watching(TrainerCallback):  # type: ignore[misc]
    """Calls a watch at its steps; the random numbers of training are as without it.

    Args:
        watch: a `Watch`, or another whose calls take a step and what `asked` is.
        asked: what the watch is given: of a `Watch`, a `Predict`.
    """

    def __init__(self, watch: Any, asked: Any) -> None:
        self._watch, self._steps, self._asked = watch, frozenset(watch.steps), asked

    def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Before the first step; not where a run goes on."""
        if state.global_step == 0:
            self._call(0)

    def on_step_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """After a step, and before its state is saved."""
        self._call(state.global_step)

    def _call(self, step: int) -> None:
        if step in self._steps:
            before = _random_state()
            self._watch(step, self._asked)
            _set_random_state(before)


@contextmanager
def _moved(words: torch.nn.Module, move: Tensor) -> Iterator[None]:
    hook = words.register_forward_hook(lambda module, given, made: made + move)
    try:
        yield
    finally:
        hook.remove()


def _random_state() -> tuple[Any, ...]:
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return random.getstate(), np.random.get_state(), torch.get_rng_state(), cuda


def _set_random_state(state: tuple[Any, ...]) -> None:
    python, numpy, cpu, cuda = state
    random.setstate(python)
    np.random.set_state(numpy)
    torch.set_rng_state(cpu)
    if cuda:
        torch.cuda.set_rng_state_all(cuda)
