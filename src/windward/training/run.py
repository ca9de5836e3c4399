"""One training run as a folder: whole or not at all, resumed where it was cut off, and never done twice."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windward.models.fingerprint import fingerprint
from windward.models.loading import checkpoint_folder
from windward.training.config import TrainingConfig
from windward.training.examples import Example
from windward.training.policy import save_policy, versions

RECORD = "training.json"
IDENTITY = "identity.json"
SCRATCH = (IDENTITY, "reference.json", "training_args.bin")
FORMAT = 1


class OutputError(ValueError):
    """The output folder belongs to something else."""


@dataclass(frozen=True)
class Trained:
    """A finished training run.

    Attributes:
        path: the checkpoint folder.
        losses: one a step.
        seconds: of training, over all processes that worked on it one after the other.
        tokens: prompt and answer tokens of one pass over the rows.
        answer_tokens: tokens that are learnt in one pass.
        skipped: whether it had been finished before.
    """

    path: Path
    losses: tuple[float, ...]
    seconds: float
    tokens: int
    answer_tokens: int
    skipped: bool = False


@dataclass(frozen=True)
class Run:
    """A training run before it has begun: what goes in, and where the result belongs.

    Attributes:
        method: `sft` or `preference`.
        model: the starting checkpoint.
        rows: a Parquet file.
        out: the folder of the result; beside it, `<out>.part` holds what is not finished.
        config: its settings.
    """

    method: str
    model: Path
    rows: Path
    out: Path
    config: TrainingConfig

    @property
    def part(self) -> Path:
        """The folder of an unfinished run."""
        return self.out.with_name(self.out.name + ".part")

    def identity(self) -> dict[str, Any]:
        """All that decides the result: settings, and hashes of checkpoint and rows."""
        with self.rows.open("rb") as stream:
            rows = hashlib.file_digest(stream, "sha256").hexdigest()
        return {
            "format": FORMAT,
            "method": self.method,
            "config": self.config.as_dict(),
            "model": fingerprint(self.model),
            "rows": rows,
        }

    def finished(self) -> Trained | None:
        """The result, where this very run was finished before.

        Raises:
            OutputError: the folder holds something else.
        """
        if not self.out.exists():
            return None
        record = self.out / RECORD
        stored = json.loads(record.read_text()) if record.is_file() else {}
        if stored.get("identity") != self.identity():
            raise OutputError(
                f"{self.out} already holds something else than this run (other settings, checkpoint or rows). "
                "Name another folder, or remove it."
            )
        return Trained(
            self.out,
            tuple(stored["losses"]),
            stored["seconds"],
            stored["tokens"],
            stored["answer_tokens"],
            skipped=True,
        )

    def open(self) -> None:
        """Makes the working folder, or keeps that of the same run which was cut off."""
        mark = self.part / IDENTITY
        identity = self.identity()
        if mark.is_file() and json.loads(mark.read_text()) == identity:
            return
        shutil.rmtree(self.part, ignore_errors=True)
        self.part.mkdir(parents=True)
        mark.write_text(json.dumps(identity))

    def close(self, record: dict[str, Any]) -> None:
        """Makes the working folder the result."""
        (self.part / RECORD).write_text(json.dumps({"identity": self.identity()} | record, indent=1))
        for state in self.part.glob("checkpoint-*"):
            shutil.rmtree(state)
        for scratch in SCRATCH:
            (self.part / scratch).unlink(missing_ok=True)
        self.part.rename(self.out)


def prepare(method: str, model: str | Path, rows: str | Path, out: str | Path, config: TrainingConfig) -> Run:
    """Checks that everything named is there.

    Raises:
        FileNotFoundError: there are no such rows.
        ModelError: there is no such checkpoint.
    """
    path = Path(rows)
    if not path.is_file():
        raise FileNotFoundError(f"no rows at {path}: name a Parquet file")
    return Run(method, checkpoint_folder(model), path, Path(out), config)


def finish(
    run: Run, model: Any, tokenizer: Any, losses: list[float], seconds: float, examples: Sequence[Example]
) -> Trained:
    """Saves the policy and its record, and makes the working folder the result.

    Raises:
        FloatingPointError: the loss is not a number any more; nothing is saved.
    """
    if not all(math.isfinite(loss) for loss in losses):
        step = next(number for number, loss in enumerate(losses, 1) if not math.isfinite(loss))
        shutil.rmtree(run.part)
        raise FloatingPointError(
            f"the loss of step {step} is {losses[step - 1]}: lower the learning rate ({run.config.learning_rate})"
        )
    tokens = sum(len(example.tokens) for example in examples)
    answer_tokens = sum(len(example.answer) for example in examples)
    from windward.training.trainer import computed_in

    save_policy(model, tokenizer, run.part)
    run.close(
        {
            "losses": losses,
            "seconds": seconds,
            "tokens": tokens,
            "answer_tokens": answer_tokens,
            "precision": computed_in(run.config),
            "rows_cut": sum(example.cut > 0 for example in examples),
            "versions": versions(),
        }
    )
    return Trained(run.out, tuple(losses), seconds, tokens, answer_tokens)
