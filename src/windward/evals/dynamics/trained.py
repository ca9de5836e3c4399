"""What a training run says of itself, from its record, or from what was kept of that when its folder is gone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from windward.evals.dynamics.curves import DynamicsError, TestRow
from windward.evals.folder import write_json
from windward.rows.arranged import among_targets
from windward.training.checkpoints import saved_steps
from windward.training.stamp import RECORD

_RUN = "run.json"


@dataclass(frozen=True)
class TrainedRun:
    """What a training run says of itself.

    Attributes:
        identity: all that decided its weights.
        steps: of its checkpoints, each with the training rows of these steps; rising, the first is 0.
        learned: the step after which no row of a task was left to see.
        arrangement: the note of its rows (`windward.rows.arranged`); None where they have none.
        started_from: name of the checkpoint that it started from.
    """

    identity: Mapping[str, Any]
    steps: tuple[tuple[int, int], ...]
    learned: Mapping[str, int] = field(default_factory=dict)
    arrangement: Mapping[str, Any] | None = None
    started_from: str = "checkpoint"

    @property
    def seed(self) -> int:
        """Of its training."""
        return int(self.identity["config"]["seed"])

    @property
    def digest(self) -> str:
        """Hash of all that decided its weights."""
        return json_digest(self.identity)

    @property
    def start(self) -> str:
        """Hash of the checkpoint that it started from."""
        return str(self.identity["model"])


def trained_run(run: Path) -> TrainedRun:
    """Reads what a run says of itself; its weights need not be there any more.

    Raises:
        DynamicsError: it is no finished run, or kept no checkpoints.
    """
    try:
        steps = tuple((saved.step, saved.rows_seen) for saved in saved_steps(run))
        record = json.loads((run / RECORD).read_text(encoding="utf-8"))
        named = str(record.get("started_from", TrainedRun.started_from))
        found = TrainedRun(
            record["identity"], steps, record.get("learned") or {}, record.get("arrangement"), named
        )
        _ = found.seed, found.start
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise DynamicsError(f"{run} cannot be measured: {error}") from error
    return found


def target_statement(trained: TrainedRun, tests: Sequence[TestRow]) -> str | None:
    """For whom the training rows were arranged, and whether tested rows are among these; None where nothing says so."""
    note = trained.arrangement
    if note is None:
        return None
    target = Path(str(note.get("target", "a file without a name"))).name
    method, targets = note.get("method", "a method without a name"), int(note.get("targets", 0))
    if note.get("looked") is False:
        return f"The training rows were arranged ({method}) without a look at any target rows."
    arranged = f"The training rows were arranged ({method}) for {targets:,} target rows of {target}"
    if "target_prompts" not in note:
        return f"{arranged}; which rows these are it does not say, so the {len(tests):,} tested rows may be among them."
    seen = len(among_targets(note, [row.text for row in tests]))
    if not seen:
        return f"{arranged}; none of the {len(tests):,} tested rows is among them."
    are = "row is" if seen == 1 else "rows are"
    return f"{arranged}, and {seen:,} of the {len(tests):,} tested {are} among them: these figures are not of unseen rows."


def known_run(run: Path, folder: Path) -> TrainedRun:
    """What a run says of itself, or said when it was measured.

    Args:
        run: its folder, which may be gone.
        folder: of its points, which may not be there yet.

    Raises:
        DynamicsError: neither says anything, or both and not the same.
    """
    kept = _kept(folder)
    if kept is None or (run / RECORD).is_file():
        trained = trained_run(run)
        if kept is not None and kept.digest != trained.digest:
            raise DynamicsError(
                f"{folder} holds the points of another run than {run}: name another folder (--out)"
            )
        return trained
    return kept


def keep(trained: TrainedRun, folder: Path) -> None:
    """Keeps what a run says of itself beside its points."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / _RUN, asdict(trained))


def _kept(folder: Path) -> TrainedRun | None:
    """What a run said of itself when it was measured; None where it was not."""
    path = folder / _RUN
    if not path.is_file():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        steps = tuple((int(step), int(rows)) for step, rows in told["steps"])
        named = str(told.get("started_from", TrainedRun.started_from))
        return TrainedRun(told["identity"], steps, told["learned"], told["arrangement"], named)
    except (ValueError, KeyError, TypeError) as error:
        raise DynamicsError(f"{path} does not say what was measured ({error!r}): remove {folder}") from error


def json_digest(value: object) -> str:
    """Hash of plain JSON types."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
