"""The checkpoints that a run keeps while it trains: every so many steps, from step 0 on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from windward.training.stamp import RECORD

FOLDER = "checkpoints"
"""Of a run's folder, where they are: `checkpoints/step-000010`."""


@dataclass(frozen=True)
class Saved:
    """One checkpoint of a run.

    Attributes:
        step: optimizer steps done; 0 is the starting checkpoint.
        rows_seen: training rows of these steps.
        path: an ordinary checkpoint folder.
    """

    step: int
    rows_seen: int
    path: Path


def saved_steps(run: str | Path) -> list[Saved]:
    """The checkpoints of a finished run, by rising step; its result is the last one.

    Args:
        run: the folder of a run that was told to keep checkpoints (`checkpoint_steps`).

    Raises:
        ValueError: the folder holds no finished run, or one that kept no checkpoints.
    """
    folder = Path(run)
    record = folder / RECORD
    try:
        told = json.loads(record.read_text(encoding="utf-8"))
        steps, rows, a_step = len(told["losses"]), told["rows_trained"], told["rows_a_step"]
        every = told["identity"]["config"]["checkpoint_steps"]
    except FileNotFoundError as error:
        raise ValueError(f"{folder} holds no finished training run: there is no {RECORD}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{folder} kept no checkpoints on its way ({error!r} in its {RECORD}): train it with --checkpoint-steps N"
        ) from error
    marks = [*range(0, steps + 1, every)]
    saved = [Saved(step, min(step * a_step, rows), step_folder(folder, step)) for step in marks]
    if marks[-1] != steps:
        saved.append(Saved(steps, rows, folder))
    return saved


def step_folder(run: Path, step: int) -> Path:
    """Where the checkpoint of a step is kept."""
    return run / FOLDER / f"step-{step:06}"
