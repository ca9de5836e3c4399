"""CodeActAgent's fine-tuning (Wang et al. 2024, section 3) on trajectories, with general conversations beside.

The paper trains Llama-2-7B and Mistral-7B on 7,139 trajectories and about 70,000 general conversations for 5 epochs:
learning rate 1e-5 with 50 warm-up steps, 32 packed sequences of 4,096 tokens a step. Here a step is 32 conversations of
at most 4,096 tokens, laid out without padding and without attention between them; of the paper's trajectories (1,482
tokens on average) its packed step holds two to three times as many.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from windward.training import Mix, RowError, SFTConfig, Trained, train_sft

if TYPE_CHECKING:
    from windward.training.trainer import Progress

PRESET = SFTConfig(
    learning_rate=1e-5,
    warmup=50,
    epochs=5,
    batch_size=32,
    micro_batch_size=4,
    max_length=4096,
    precision="auto",
)
"""The paper's settings; four conversations a forward, which changes the memory and not the gradient."""


def finetune(
    model: str | Path,
    rows: str | Path,
    out: str | Path,
    config: SFTConfig = PRESET,
    *,
    mix: Mix | None = None,
    on_step: Callable[[Progress], None] | None = None,
) -> Trained:
    """Trains a checkpoint on trajectories: every message that they mark is learnt, in the checkpoint's chat format.

    The result names in its `training.json` the benchmarks that it must not be scored on.

    Args:
        model: the starting checkpoint, with a chat template (the paper uses ChatML).
        rows: Parquet with `messages` and `learn` (`windward.rows.TrajectoryRow`).
        out: folder of the result.
        config: settings.
        mix: general conversations, Parquet with `messages`.
        on_step: hears of every step.

    Raises:
        RowError: the rows are no trajectories, or one of them is malformed.
        OutputError: `out` holds something else.
        ModelError: there is no such checkpoint.
        FileNotFoundError: there are no such rows.
        ValueError: the mix holds too few rows for its share.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not Path(rows).is_file():
        raise FileNotFoundError(f"no rows at {rows}: name a Parquet file of trajectories")
    try:
        columns = pq.read_schema(rows).names
    except (OSError, pa.ArrowInvalid) as error:
        raise RowError(f"{rows} cannot be read as Parquet: {error}") from error
    if "learn" not in columns:
        raise RowError(
            f"{rows} holds no trajectories: the column learn is missing, found {columns}. Rows of which only the last "
            "message is learnt belong to `windward train sft`"
        )
    return train_sft(model, rows, out, config, mix=mix, on_step=on_step)
