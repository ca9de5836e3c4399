"""Supervised fine-tuning on answers: the last of each row, or those that it marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from windward.rows.arranged import note_of
from windward.training.config import SFTConfig
from windward.training.conversations import Example
from windward.training.examples import read_examples
from windward.training.mix import Mix, interleaved
from windward.training.order import column_of, last_steps, row_order
from windward.training.policy import load_policy, save_policy, save_snapshot
from windward.training.run import Run, Trained, finish, prepare

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import TrainerCallback

    from windward.training.trainer import Progress

TASK = "task"
"""The column that names a row's task."""


def train_sft(
    model_path: str | Path,
    rows_path: str | Path,
    out: str | Path,
    config: SFTConfig | None = None,
    *,
    mix: Mix | None = None,
    on_step: Callable[[Progress], None] | None = None,
) -> Trained:
    """Trains a checkpoint on the answers of supervised rows.

    The loss is the mean negative log-likelihood (nats) of the answers' tokens over a whole step; prompts are read
    and not learnt. The result is an ordinary checkpoint folder with a `training.json`. A run that was cut off goes
    on from its last saved state; one that is finished is not done again.

    Args:
        model_path: the starting checkpoint, a folder or a name on the hub.
        rows_path: Parquet with `messages`. Where there is a column `learn` (one bool a message), the assistant
            messages that it marks are learnt; else the last message, which must be the assistant's. A column `task`
            goes into the record: after which step none of a task's rows was left to see.
        out: folder of the result.
        config: settings.
        mix: rows of another file among them.
        on_step: hears of every step.

    Raises:
        RowError: a row is malformed; the message names file, row and field.
        OutputError: `out` holds something else.
        ModelError: there is no such checkpoint.
        ValueError: the mix holds too few rows for its share, or rows should come in the order of a column and leave no
            place for those of a mix.
    """
    run = prepare("sft", model_path, rows_path, out, config or SFTConfig(), mix)
    if mix is not None and run.config.order_column is not None:
        raise ValueError(
            f"rows in the order of their column {run.config.order!r} leave no place for rows of {mix.rows}: train without a "
            "mix, or in the order given or shuffled"
        )
    if (done := run.finished()) is not None:
        return done
    from windward.training.trainer import Losses, Task, answer_log_probabilities, collate, fit

    def pack_examples(examples: Sequence[Example]) -> dict[str, Any]:
        batch = collate(examples)
        return batch | {"units": len(batch["targets"])}

    run.open()
    model, tokenizer = load_policy(run.model, run.config)
    examples = read_examples(run.rows, tokenizer, run.config.max_length)
    order = row_order(run.rows, len(examples), run.config)
    units = [examples[row] for row in order]
    if mix is not None:
        others = read_examples(mix.rows, tokenizer, run.config.max_length)
        units = interleaved(units, others, mix, run.config)

    def likelihood(log_probabilities: Tensor, batch: dict[str, Any]) -> Losses:
        return Losses(-log_probabilities)

    task = Task(units, pack_examples, likelihood, answer_log_probabilities)
    fitted = fit(run, model, task, on_step, _keeping(run, model, tokenizer))
    return finish(
        run,
        fitted,
        units[: len(units) // run.config.epochs],
        lambda folder: save_policy(model, tokenizer, folder),
        _record(run, order, len(units), len(fitted.losses)),
    )


def _keeping(run: Run, model: Any, tokenizer: Any) -> list[TrainerCallback]:
    from windward.training.keeping import KeepSteps

    every = cast(SFTConfig, run.config).checkpoint_steps
    if every is None:
        return []
    return [KeepSteps(every, run.part, lambda folder: save_snapshot(model, tokenizer, folder))]


def _record(run: Run, order: list[int], rows: int, steps: int) -> dict[str, Any]:
    """What `training.json` says of the rows: for whom they were arranged, how many a step saw, and when a task's were over."""
    from windward.training.processes import here

    rows_a_step = run.config.batch_size * here().num_processes
    seen = min(rows, steps * rows_a_step)
    record: dict[str, Any] = {"rows_trained": seen, "rows_a_step": rows_a_step}
    if (note := note_of(run.rows)) is not None:
        record["arrangement"] = note
    tasks = column_of(run.rows, TASK)
    if run.mix is None and tasks is not None and all(isinstance(task, str) for task in tasks):
        record["learned"] = last_steps([str(task) for task in tasks], order[:seen], rows_a_step)
    return record
