"""Supervised fine-tuning on answers: the last of each row, or those that it marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windward.training.config import SFTConfig
from windward.training.conversations import Example
from windward.training.examples import read_examples
from windward.training.mix import Mix, interleaved
from windward.training.policy import load_policy, row_order, save_policy
from windward.training.run import Trained, finish, prepare

if TYPE_CHECKING:
    from torch import Tensor

    from windward.training.trainer import Progress


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
            messages that it marks are learnt; else the last message, which must be the assistant's.
        out: folder of the result.
        config: settings.
        mix: rows of another file among them.
        on_step: hears of every step.

    Raises:
        RowError: a row is malformed; the message names file, row and field.
        OutputError: `out` holds something else.
        ModelError: there is no such checkpoint.
        ValueError: the mix holds too few rows for its share.
    """
    run = prepare("sft", model_path, rows_path, out, config or SFTConfig(), mix)
    if (done := run.finished()) is not None:
        return done
    from windward.training.trainer import Losses, Task, answer_log_probabilities, collate, fit

    def pack_examples(examples: Sequence[Example]) -> dict[str, Any]:
        batch = collate(examples)
        return batch | {"units": len(batch["targets"])}

    run.open()
    model, tokenizer = load_policy(run.model, run.config)
    examples = read_examples(run.rows, tokenizer, run.config.max_length)
    units = [examples[row] for row in row_order(len(examples), run.config)]
    if mix is not None:
        others = read_examples(mix.rows, tokenizer, run.config.max_length)
        units = interleaved(units, others, mix, run.config)

    def likelihood(log_probabilities: Tensor, batch: dict[str, Any]) -> Losses:
        return Losses(-log_probabilities)

    fitted = fit(run, model, Task(units, pack_examples, likelihood, answer_log_probabilities), on_step)
    return finish(
        run,
        fitted,
        units[: len(units) // run.config.epochs],
        lambda folder: save_policy(model, tokenizer, folder),
    )
