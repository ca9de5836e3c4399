"""What trainers of task heads and of sequence-to-sequence models share: settings, the run in its folder, loading."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

from windward.models.classifier import longest_input
from windward.models.fingerprint import fingerprint
from windward.models.loading import checkpoint_folder, without_progress_bars
from windward.models.protocol import ModelError
from windward.training.output import Output
from windward.training.robust.methods import Settings, check_method
from windward.training.robust.watching import check_watched
from windward.training.stamp import COLUMN, never_score

Model = TypeVar("Model", contravariant=True)
Row = TypeVar("Row")

IGNORED = -100
"""The label of a place that has no loss."""
LONGEST = 1 << 16
"""Tokens of an input at most, of models that have no limit of their own."""
AT_ONCE = 1_000
"""Rows that are encoded together: where their tokens stand in the text takes far more memory than the tokens."""


class WatchOf(Protocol[Model]):
    """Someone who measures at steps of a run, as `windward.training.robust.watching.Watch` does of classifiers."""

    @property
    def steps(self) -> Sequence[int]:
        """Steps done when it is called; 0 is before training."""
        ...

    def __call__(self, step: int, model: Model, /) -> None:
        """Measures.

        Args:
            step: steps done.
            model: answers as it is after that step, without dropout.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class FineTuning:
    """How a model is fine-tuned.

    Attributes:
        learning_rate: peak of AdamW's rate; linear warm-up, then what `schedule` says.
        warmup: share of the steps that warm up.
        epochs: passes over the rows.
        batch_size: rows a step.
        max_length: tokens of an input at most; each trainer says what becomes of a longer one.
        weight_decay: AdamW's.
        schedule: of the rate after the warm-up: `linear` to zero, or `constant`.
        by_length: whether batches are of rows of like length, which compute less padding.
        method: one of `windward.training.robust.methods.METHODS` that the trainer can.
        settings: of the methods.
        save_seconds: state is saved for resuming when as many seconds have passed since the last time.
        seed: of the head, the order and dropout.
    """

    learning_rate: float = 5e-5
    warmup: float = 0.06
    epochs: int = 3
    batch_size: int = 32
    max_length: int = 256
    weight_decay: float = 0.01
    schedule: Literal["linear", "constant"] = "linear"
    by_length: bool = False
    method: str = "vanilla"
    settings: Settings = field(default_factory=Settings)
    save_seconds: float = 300.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuses what cannot be trained."""
        for name in ("epochs", "batch_size", "max_length"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        if not 0 <= self.warmup <= 1:
            raise ValueError(f"warmup is {self.warmup}; it must be a share between 0 and 1")
        if self.schedule not in ("linear", "constant"):
            raise ValueError(f"there is no schedule {self.schedule!r}: give linear or constant")
        check_method(self.method)

    def as_dict(self) -> dict[str, Any]:
        """All that changes the result; of the settings, the method's own."""
        found = {name: value for name, value in asdict(self).items() if name != "save_seconds"}
        return found | {"settings": found["settings"].get(self.method)}

    def check_able(self, trainer: str, methods: Sequence[str]) -> None:
        """Refuses a method that a trainer does not have.

        Raises:
            ValueError: it is none of `methods`.
        """
        if self.method not in methods:
            raise ValueError(f"a {trainer} is not trained by {self.method}: give one of {', '.join(methods)}")


@dataclass(frozen=True)
class FineTuned:
    """A finished run.

    Attributes:
        path: the checkpoint folder; its `training.json` holds the settings.
        losses: mean loss (nats) of every tenth of the run.
        seconds: of training, over all processes that worked on it one after the other.
        counts: what became of the rows, by name: `rows`, and what each trainer counts beside them.
        skipped: whether it had been finished before.
    """

    path: Path
    losses: tuple[float, ...]
    seconds: float
    counts: Mapping[str, int] = field(default_factory=dict)
    skipped: bool = False


@dataclass(frozen=True)
class Prepared:
    """What is trained, and on what.

    Attributes:
        model: with its head.
        tokenizer: its tokenizer.
        rows: encoded, labels beside the tokens.
        collate: of some rows to a batch.
        counts: what became of the rows.
        asked: answers with the model as it is, for who watches.
    """

    model: Any
    tokenizer: Any
    rows: Sequence[Mapping[str, Any]]
    collate: Callable[[list[Any]], Any]
    counts: Mapping[str, int]
    asked: Any


@dataclass(frozen=True)
class Answers:
    """What a model answered.

    Attributes:
        texts: one a question or source, in their order.
        cut: how many of these were too long and lost their end.
        unfinished: how many texts had not come to an end after all the tokens they were given.
    """

    texts: tuple[str, ...]
    cut: int
    unfinished: int = 0


def fine_tune(
    identity: Mapping[str, Any],
    model_path: str | Path,
    out: str | Path,
    config: FineTuning,
    prepare: Callable[[Path], Prepared],
    watch: WatchOf[Any] | None = None,
) -> FineTuned:
    """Trains into a folder; the same run that was cut off goes on from its last saved state.

    Args:
        identity: what decides the result beside checkpoint and settings, as plain JSON types: the method, a digest of the rows.
        model_path: the starting checkpoint, folder or hub id.
        out: folder of the result; the same run finished before is not done again.
        config: settings.
        prepare: from the checkpoint's folder to what is trained; it is asked only where something is left to do, after seeding.
        watch: measures at steps of the run; it changes nothing of the result.

    Raises:
        OutputError: `out` holds something else.
        ModelError: there is no such checkpoint.
        ValueError: no row can be learnt from, or a watched step is beyond the run.
        FloatingPointError: the loss is not a number any more; nothing is kept.
    """
    folder = checkpoint_folder(model_path)
    deciding = {"model": fingerprint(folder), "config": config.as_dict()} | dict(identity)
    output = Output(Path(out), json.loads(json.dumps(deciding)))
    if (stored := output.stored()) is not None:
        return FineTuned(
            output.out, tuple(stored["losses"]), stored["seconds"], stored["counts"], skipped=True
        )
    output.open()
    from transformers import set_seed

    set_seed(config.seed)  # before a head is drawn
    with without_progress_bars():
        prepared = prepare(folder)
    if not prepared.rows:
        raise ValueError(f"no row can be learnt from ({dict(prepared.counts)}): give others")
    losses, seconds = _fitted(prepared, config, output.part, watch)
    with without_progress_bars():
        prepared.model.save_pretrained(output.part)
    prepared.tokenizer.save_pretrained(output.part)
    for state in output.part.glob("checkpoint-*"):
        shutil.rmtree(state)
    tenths = _tenths(losses)
    output.close(
        {"losses": tenths, "seconds": seconds, "counts": dict(prepared.counts)}
        | {COLUMN: sorted(never_score(folder))}
    )
    return FineTuned(output.out, tenths, seconds, prepared.counts)


def _fitted(
    prepared: Prepared, config: FineTuning, part: Path, watch: WatchOf[Any] | None
) -> tuple[list[float], float]:
    from torch.utils.data import Dataset
    from transformers import PrinterCallback

    from windward.training.robust.trainer import RobustTrainer, Watching, arguments
    from windward.training.trainer import COMPLETE, Watch, latest_state

    class Rows(Dataset[Any]):
        def __len__(self) -> int:
            return len(prepared.rows)

        def __getitem__(self, at: int) -> dict[str, Any]:
            return dict(prepared.rows[at])

    steps = -(-len(prepared.rows) // config.batch_size) * config.epochs
    if watch is not None:
        check_watched(watch.steps, steps)
    state = latest_state(part)
    saving = Watch(config.save_seconds, float((state / COMPLETE).read_text()) if state else 0.0, None)
    trainer = RobustTrainer(
        loss=_loss(config),
        freelb=config.settings.freelb if config.method == "freelb" else None,
        model=prepared.model,
        args=arguments(config, part, steps, logging_steps=1, save_strategy="no", remove_unused_columns=False),
        train_dataset=Rows(),
        data_collator=prepared.collate,
        callbacks=[saving] if watch is None else [saving, Watching(watch, prepared.asked)],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train(resume_from_checkpoint=str(state) if state else None)
    losses = [float(log["loss"]) for log in trainer.state.log_history if "loss" in log]
    for step, loss in enumerate(losses, 1):
        if not math.isfinite(loss):
            shutil.rmtree(part)
            raise FloatingPointError(
                f"the loss of step {step} is {loss}: lower the learning rate ({config.learning_rate})"
            )
    return losses, saving.seconds()


def _loss(config: FineTuning) -> Any:
    """What is minimised, the mean over all places with a label; None is the model's own cross-entropy."""
    from windward.training.robust.objectives import focal, smoothed

    if config.method not in ("smoothing", "focal"):
        return None

    def loss(logits: Any, labels: Any, bias: Any) -> Any:
        counted = labels != IGNORED
        if config.method == "smoothing":
            return smoothed(logits[counted], labels[counted], config.settings.smoothing)
        return focal(logits[counted], labels[counted], config.settings.focal)

    return loss


def _tenths(losses: Sequence[float]) -> tuple[float, ...]:
    parts = min(10, len(losses))
    ends = [len(losses) * part // parts for part in range(parts + 1)] if parts else []
    return tuple(sum(losses[start:end]) / (end - start) for start, end in itertools.pairwise(ends))


def digest(rows: Iterable[Any]) -> str:
    """A hash of rows that are plain JSON types."""
    found = hashlib.sha256()
    for row in rows:
        found.update(json.dumps(row).encode() + b"\n")
    return found.hexdigest()


def input_limit(model: Any, tokenizer: Any, most: int | None = None) -> int:
    """Tokens that a model takes at a time: what its positions and its tokenizer allow, and `most`."""
    return min(longest_input(model, tokenizer), most or LONGEST)


def portions(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """All rows, `AT_ONCE` at a time."""
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]


def padded(
    tokenizer: Any, rows: Sequence[Mapping[str, list[int]]], numbers: Sequence[int], device: Any
) -> Any:
    """Some of the rows as a batch on the model's device."""
    return tokenizer.pad(
        {name: [rows[number][name] for number in numbers] for name in rows[numbers[0]]}, return_tensors="pt"
    ).to(device)


@contextmanager
def without_dropout(model: Any) -> Iterator[None]:
    """Lets a model answer, and leaves it in the mode in which it was."""
    import torch

    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(training)


def trained_model(
    kind: str, path: str | Path, device: str | None, **tokenizer_options: Any
) -> tuple[Any, Any]:
    """A trained checkpoint, ready to answer, and its tokenizer.

    Args:
        kind: name of the class of `transformers` that loads it.
        path: folder or hub id.
        device: None is a GPU where there is one.
        tokenizer_options: how the tokenizer is loaded.

    Raises:
        ModelError: it cannot be loaded, or has no trained head of that kind.
    """
    import torch
    import transformers

    folder = checkpoint_folder(path)
    try:
        with without_progress_bars():
            model, loading = getattr(transformers, kind).from_pretrained(folder, output_loading_info=True)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **tokenizer_options)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{path} cannot be loaded as {kind} ({str(error).splitlines()[0]}): name a checkpoint of that kind"
        ) from error
    if loading["missing_keys"]:
        raise ModelError(
            f"{path} has no trained head of {kind}: its answers would be chance; fine-tune it first"
        )
    return model.eval().to(device or ("cuda" if torch.cuda.is_available() else "cpu")), tokenizer
