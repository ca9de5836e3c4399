"""The folder of a training run: whole or not at all, kept for the same run that was cut off, never another's."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windward.training.stamp import RECORD

IDENTITY = "identity.json"


class OutputError(ValueError):
    """The output folder belongs to something else."""


@dataclass(frozen=True)
class Output:
    """Where a run's result belongs.

    Attributes:
        out: the folder of the result; beside it, `<out>.part` holds what is not finished.
        identity: all that decides the result, as plain JSON types.
    """

    out: Path
    identity: dict[str, Any]

    @property
    def part(self) -> Path:
        """The folder of an unfinished run."""
        return self.out.with_name(self.out.name + ".part")

    def stored(self) -> dict[str, Any] | None:
        """The record of this very run, where it was finished before.

        Raises:
            OutputError: the folder holds something else.
        """
        if not self.out.exists():
            return None
        record = self.out / RECORD
        try:
            stored: dict[str, Any] = json.loads(record.read_text()) if record.is_file() else {}
        except ValueError:
            stored = {}
        if stored.get("identity") != self.identity:
            raise OutputError(
                f"{self.out} already holds something else than this run (other settings, checkpoint or rows). "
                "Name another folder, or remove it."
            )
        return stored

    def open(self) -> None:
        """Makes the working folder, or keeps that of the same run which was cut off."""
        mark = self.part / IDENTITY
        if mark.is_file() and json.loads(mark.read_text()) == self.identity:
            return
        shutil.rmtree(self.part, ignore_errors=True)
        self.part.mkdir(parents=True)
        mark.write_text(json.dumps(self.identity))

    def close(self, record: dict[str, Any]) -> None:
        """Writes the record and makes the working folder the result."""
        (self.part / RECORD).write_text(json.dumps({"identity": self.identity} | record, indent=1))
        (self.part / IDENTITY).unlink(missing_ok=True)
        self.part.rename(self.out)
