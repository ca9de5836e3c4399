"""Keeps checkpoints while a run trains, each whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from windward.training.checkpoints import step_folder
from windward.training.processes import first, wait


class KeepSteps(TrainerCallback):  # type: ignore[misc]
    """Writes a checkpoint of every so many steps, step 0 among them.

    A run that was cut off and goes on from an earlier state writes those after it again.

    Args:
        every: how many steps lie between two.
        run: the folder of the run; see `checkpoints.step_folder`.
        save: writes the model as it is into a folder.
    """

    def __init__(self, every: int, run: Path, save: Callable[[Path], None]) -> None:
        self.every = every
        self.run = run
        self.save = save

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The starting checkpoint."""
        if state.global_step == 0:
            self._keep(0)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Every so many steps."""
        if state.global_step % self.every == 0:
            self._keep(state.global_step)

    def _keep(self, step: int) -> None:
        if first():
            folder = step_folder(self.run, step)
            part = folder.with_name(folder.name + ".part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            self.save(part)
            shutil.rmtree(folder, ignore_errors=True)
            part.rename(folder)
        wait()
