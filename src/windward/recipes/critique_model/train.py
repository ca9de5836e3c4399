"""UltraCM: a checkpoint learns audited critiques, the prompt masked (UltraFeedback §4.4).

The paper trains LLaMA2-13B on 255,864 critiques for 2 epochs, 256 a step, at a rate of 2e-5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from windward.evals.folder import write_json
from windward.feedback.files import read_records
from windward.recipes.critique_model.rows import write_critique_rows
from windward.recipes.errors import RecipeError
from windward.recipes.feedback.stage import records_file
from windward.training import SFTConfig, Trained, train_sft

if TYPE_CHECKING:
    from windward.training.trainer import Progress

PRESET = SFTConfig(
    learning_rate=2e-5, epochs=2, batch_size=256, micro_batch_size=4, max_length=2048, precision="auto"
)
"""The paper's settings; four critiques a forward, which changes the memory and not the gradient."""

RECORD = "critique.json"


def train_critique(
    model: str | Path,
    records: str | Path,
    out: str | Path,
    config: SFTConfig = PRESET,
    *,
    on_step: Callable[[Progress], None] | None = None,
    tell: Callable[[str], None] = print,
) -> Trained:
    """Trains a critique model; `windward feedback critique --judge OUT` asks it with the very prompts that it learnt.

    `OUT.rows.parquet` holds what is learnt, `OUT/critique.json` how many critiques there are and what was left out, why.
    Resuming and errors are as in `train_sft`.

    Args:
        model: the starting checkpoint, with a chat template.
        records: audited records: a file, or a folder of `windward feedback audit`.
        out: folder of the result.
        config: settings.
        on_step: hears of every step.
        tell: shows a line of progress.

    Raises:
        RecipeError: no critique can be learnt; says what was left out.
        FeedbackFileError: the records are not there or malformed.
        OutputError: `out` holds something else.
        ModelError: there is no such checkpoint.
    """
    from windward.training.processes import first, wait

    rows = Path(f"{out}.rows.parquet")
    if first():
        rows.parent.mkdir(parents=True, exist_ok=True)
        counts = write_critique_rows(read_records(records_file(Path(records))), rows)
        tell(counts.told())
        if not counts.rows:
            raise RecipeError(
                f"{records}: no critique to learn ({counts.told()}). Scores are learnt where the audit kept or repaired "
                "them: run `windward feedback critique`, then `windward feedback audit`"
            )
    wait()
    trained = train_sft(model, rows, out, config, on_step=on_step)
    if first():
        write_json(trained.path / RECORD, asdict(counts) | {"rows_file": rows.name})
    return trained
