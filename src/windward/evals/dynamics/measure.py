"""The curve of a training run: each of its checkpoints measured on the tested rows, once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from windward.evals.dynamics.curves import DynamicsError, Point, RunCurve, TestRow
from windward.evals.dynamics.generated import answer_figures, generate_answers
from windward.evals.dynamics.losses import answer_losses
from windward.evals.dynamics.rewards import reward_model, rewards
from windward.evals.dynamics.stored import POINTS, StoredPoint, point_file, read_point, write_point
from windward.evals.dynamics.trained import TrainedRun, json_digest, keep, known_run, target_statement
from windward.training.checkpoints import saved_steps
from windward.training.stamp import RECORD

FORMAT = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]*\Z")


@dataclass(frozen=True)
class DynamicsSettings:
    """What is measured of a checkpoint.

    Attributes:
        max_length: tokens of a tested row at most, for its loss; as in training, a prompt that is too long loses its
            beginning. A row whose answer does not fit by itself has no loss.
        generate: how many rows, from the first on, are answered too, greedily; 0 for none.
        answer_tokens: tokens of such an answer at most.
        reward: a reward model's folder, which scores these answers; None for none.
    """

    max_length: int = 1024
    generate: int = 0
    answer_tokens: int = 128
    reward: Path | None = None

    def __post_init__(self) -> None:
        """Refuses what cannot be measured."""
        for name, least in (("max_length", 2), ("generate", 0), ("answer_tokens", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least {least}")
        if self.reward is not None and not self.generate:
            raise ValueError("a reward model scores what is generated: generate some answers (--generate N)")

    def as_dict(self) -> dict[str, Any]:
        """All that decides a figure, as plain JSON types; a reward model goes by its content."""
        deciding: dict[str, Any] = {"max_length": self.max_length}
        if self.generate:
            deciding |= {"generate": self.generate, "answer_tokens": self.answer_tokens}
        if self.reward is not None:
            from windward.models.fingerprint import fingerprint
            from windward.models.loading import checkpoint_folder

            deciding["reward"] = fingerprint(checkpoint_folder(self.reward))
        return deciding


def digest_of_tests(tests: Sequence[TestRow]) -> str:
    """Hash of what is tested."""
    return json_digest([asdict(row) for row in tests])


def measure_run(
    run: Path,
    tests: Sequence[TestRow],
    store: Path,
    settings: DynamicsSettings | None = None,
    *,
    name: str,
    arrangement: str,
    seed: int | None = None,
    model: str | None = None,
    statement: str | None = None,
    tell: Callable[[str], None] = print,
) -> RunCurve:
    """Measures each checkpoint of a run that is not measured yet; the curve of them all.

    What a checkpoint showed is on disk before the next one is read, in `store/points/NAME/`. Its weights are not needed any
    more then, nor is the run's folder when all are measured. Runs that started from one checkpoint share their step 0.

    Args:
        run: folder of a training run that kept checkpoints.
        tests: tested rows.
        store: folder of the measurement.
        settings: what is measured; None is the loss alone.
        name: of the run, different for each in a store.
        arrangement: what its rows and their order are called; runs that differ in nothing but the seed share it.
        seed: None is that of its training.
        model: what the run started from, for tables; None is its folder's name and hash.
        statement: whom the training rows were arranged for, and whether the tested ones are among these; None goes by the
            note that the training rows brought along.
        tell: hears of every checkpoint.

    Raises:
        DynamicsError: the run kept no checkpoints, one that is not measured is gone, or the points under this name are of
            another run.
        ModelError: a checkpoint cannot be read.
    """
    if not _NAME.match(name):
        raise DynamicsError(f"{name!r} cannot name a run: take letters, digits, points, hyphens, @ and _")
    if not tests:
        raise DynamicsError("there are no rows to test")
    settings = settings or DynamicsSettings()
    folder = store / POINTS / name
    trained = known_run(run, folder)
    keep(trained, folder)
    measuring = _Measuring(tests, settings, trained)
    points = []
    for step, rows_seen in trained.steps:
        path = point_file(folder, step)
        if not path.is_file():
            stored = _same_start(store, step, measuring.key(step))
            if stored is None:
                stored = _measured(measuring, _checkpoint(run, name, step), step, rows_seen)
                tell(f"{name}, step {step}: {_told(stored.point)}")
            write_point(path, stored)
        stored = read_point(path)
        if stored.key != measuring.key(step) or stored.point.rows_seen != rows_seen:
            raise DynamicsError(
                f"{path} is of another run, other tested rows or other settings than {name} now: name another folder (--out)"
            )
        points.append(stored.point)
    return RunCurve(
        name,
        arrangement,
        trained.seed if seed is None else seed,
        model or f"{trained.started_from}@{trained.start[:12]}",
        tuple(points),
        trained.learned,
        statement if statement is not None else target_statement(trained, tests),
    )


class _Measuring:
    """What all checkpoints of a run have in common."""

    def __init__(self, tests: Sequence[TestRow], settings: DynamicsSettings, trained: TrainedRun) -> None:
        self.tests = tests
        self.settings = settings
        self._common = [FORMAT, digest_of_tests(tests), settings.as_dict()]
        self._trained = trained

    def key(self, step: int) -> str:
        """Hash of all that decides a point; at step 0 that is no more of the run than what it started from."""
        of = [self._trained.start] if step == 0 else [self._trained.identity, step]
        return json_digest([*self._common, of])


def _same_start(store: Path, step: int, key: str) -> StoredPoint | None:
    """The point of another run that started from the same checkpoint, where this is the start."""
    if step:
        return None
    for path in sorted((store / POINTS).glob(f"*/{point_file(Path(), 0).name}")):
        stored = read_point(path)
        if stored.key == key:
            return stored
    return None


def _checkpoint(run: Path, name: str, step: int) -> Path:
    path = (
        next((saved.path for saved in saved_steps(run) if saved.step == step), None)
        if (run / RECORD).is_file()
        else None
    )
    if path is None or not (path / "config.json").is_file():
        raise DynamicsError(
            f"{name}, step {step}: the checkpoint is neither measured nor at {path or run} any more; train the run again"
        )
    return path


def _measured(measuring: _Measuring, path: Path, step: int, rows_seen: int) -> StoredPoint:
    from windward.evals.dynamics.loaded import load_checkpoint

    loaded = load_checkpoint(path)
    tests, settings = measuring.tests, measuring.settings
    figures = {"loss": answer_losses(loaded.model, loaded.tokenizer, tests, settings.max_length)}
    asked = {"loss": len(tests)}
    answers: tuple[str | None, ...] = ()
    if settings.generate:
        chosen = tests[: settings.generate]
        answers = tuple(generate_answers(loaded.answering(), chosen, settings.answer_tokens))
        found = answer_figures(chosen, answers)
        if settings.reward is not None:
            found["reward"] = rewards(reward_model(settings.reward), chosen, answers)
        for metric, values in found.items():
            figures[metric] = np.full(len(tests), np.nan)
            figures[metric][: len(chosen)] = values
            asked[metric] = len(chosen)
    return StoredPoint(Point(step, rows_seen, figures, asked), measuring.key(step), answers)


def _told(point: Point) -> str:
    """The means of a point, and how many rows have none."""
    said = []
    for metric, figures in point.figures.items():
        asked = figures[: point.asked[metric]]
        measured = asked[~np.isnan(asked)]
        mean = f"{measured.mean():.4f}" if len(measured) else "not a number"
        lost = len(asked) - len(measured)
        said.append(
            f"{metric.replace('_', ' ')} {mean}"
            + (f" ({lost:,} of {len(asked):,} rows without)" if lost else "")
        )
    return ", ".join(said)
