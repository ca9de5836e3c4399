"""One training run as a folder: whole or not at all, resumed where it was cut off, and never done twice."""

from __future__ import annotations

import hashlib
import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windward.models.fingerprint import fingerprint
from windward.models.loading import checkpoint_folder
from windward.training.config import TrainingConfig
from windward.training.conversations import Example
from windward.training.mix import Mix
from windward.training.output import Output
from windward.training.policy import versions
from windward.training.stamp import never_score, stamped_rows

if TYPE_CHECKING:
    from windward.training.trainer import Fitted

FORMAT = 1


@dataclass(frozen=True)
class Trained:
    """A finished training run.

    Attributes:
        path: the checkpoint folder.
        losses: one a step.
        seconds: of training, over all processes that worked on it one after the other.
        tokens: tokens of the first epoch, read and learnt.
        answer_tokens: tokens that are learnt in it.
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
        method: `sft`, `preference` or `reward`.
        model: the starting checkpoint.
        rows: a Parquet file.
        out: the folder of the result; beside it, `<out>.part` holds what is not finished.
        config: its settings.
        mix: rows of another file beside these.
    """

    method: str
    model: Path
    rows: Path
    out: Path
    config: TrainingConfig
    mix: Mix | None = None

    @property
    def part(self) -> Path:
        """The folder of an unfinished run."""
        return Output(self.out, {}).part

    def identity(self) -> dict[str, Any]:
        """All that decides the result: settings, and hashes of checkpoint and rows."""
        found = {
            "format": FORMAT,
            "method": self.method,
            "config": self.config.as_dict(),
            "model": fingerprint(self.model),
            "rows": _digest(self.rows),
        }
        if self.mix is not None:
            found["mix"] = {"rows": _digest(self.mix.rows), "share": self.mix.share}
        return found

    def never_score(self) -> frozenset[str]:
        """Benchmarks that the result must not be scored on: those of its rows and of the starting checkpoint."""
        files = [self.rows] if self.mix is None else [self.rows, self.mix.rows]
        return never_score(self.model).union(*(stamped_rows(file) for file in files))

    def finished(self) -> Trained | None:
        """The result, where this very run was finished before.

        Raises:
            OutputError: the folder holds something else.
        """
        if (stored := Output(self.out, self.identity()).stored()) is None:
            return None
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
        from windward.training.processes import first, wait

        if first():
            Output(self.out, self.identity()).open()
        wait()

    def close(self, record: dict[str, Any]) -> None:
        """Makes the working folder the result."""
        for state in self.part.glob("checkpoint-*"):
            shutil.rmtree(state)
        (self.part / "training_args.bin").unlink(missing_ok=True)
        Output(self.out, self.identity()).close(record)


def prepare(
    method: str,
    model: str | Path,
    rows: str | Path,
    out: str | Path,
    config: TrainingConfig,
    mix: Mix | None = None,
) -> Run:
    """Checks that everything named is there.

    Raises:
        FileNotFoundError: there are no such rows.
        ModelError: there is no such checkpoint.
    """
    path = Path(rows)
    for file in [path] if mix is None else [path, mix.rows]:
        if not file.is_file():
            raise FileNotFoundError(f"no rows at {file}: name a Parquet file")
    return Run(method, checkpoint_folder(model), path, Path(out), config, mix)


def finish(
    run: Run,
    fitted: Fitted,
    examples: Sequence[Example],
    save: Callable[[Path], None],
    record: dict[str, Any] | None = None,
) -> Trained:
    """Saves the result and its record, and makes the working folder the result.

    Args:
        run: what was trained.
        fitted: what training showed.
        examples: of the first epoch.
        save: writes the checkpoint into a folder.
        record: what else `training.json` should say.

    Raises:
        FloatingPointError: the loss is not a number any more; nothing is saved.
    """
    from windward.training.processes import first, wait
    from windward.training.trainer import computed_in

    wait()
    losses = fitted.losses
    if not all(math.isfinite(loss) for loss in losses):
        step = next(number for number, loss in enumerate(losses, 1) if not math.isfinite(loss))
        if first():
            shutil.rmtree(run.part)
        raise FloatingPointError(
            f"the loss of step {step} is {losses[step - 1]}: lower the learning rate ({run.config.learning_rate})"
        )
    tokens = sum(len(example.tokens) for example in examples)
    answer_tokens = sum(example.answer_tokens for example in examples)
    if first():
        save(run.part)
        run.close(
            {
                "started_from": run.model.name,
                "losses": losses,
                "curves": fitted.curves,
                "seconds": fitted.seconds,
                "tokens": tokens,
                "answer_tokens": answer_tokens,
                "precision": computed_in(run.config),
                "rows_cut": sum(example.cut > 0 for example in examples),
                "tokens_cut": sum(example.cut for example in examples),
                "answer_tokens_cut": sum(example.unlearnt for example in examples),
                "never_score": sorted(run.never_score()),
                "versions": versions(),
            }
            | (record or {})
        )
    wait()
    return Trained(run.out, tuple(losses), fitted.seconds, tokens, answer_tokens)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
