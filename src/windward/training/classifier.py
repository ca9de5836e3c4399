"""Fine-tuning an encoder to classify texts or pairs of texts, with `transformers`; the methods are in `windward.training.robust`."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from windward.rows.labelled import Labelled
from windward.training.output import Output
from windward.training.robust.eda import Synonyms, with_augmented
from windward.training.robust.methods import Settings, check_method
from windward.training.robust.watching import Watch, check_watched

Schedule = Literal["linear", "constant"]


@dataclass(frozen=True)
class ClassifierConfig:
    """How a classifier is trained.

    Attributes:
        learning_rate: peak of AdamW's rate; linear warm-up, then what `schedule` says.
        warmup: share of the steps that warm up.
        epochs: passes over the rows.
        batch_size: texts a step.
        max_length: tokens of a text at most; the end of a longer one is cut off, of a pair the longer text's.
        weight_decay: AdamW's.
        seed: of the head, the order, dropout and the method.
        method: one of `windward.training.robust.methods.METHODS`.
        settings: of the methods.
        schedule: `linear` to zero, or `constant`.
        max_steps: steps in place of `epochs`.
        by_length: texts of like length make a batch, so that less is computed for padding; they are sorted within a quarter of the
            texts, and fifty batches at most.
        adapter: width of bottleneck adapters that learn in place of the encoder; None trains the encoder.
        lora: rank of LoRA likewise; merged at the end.

    Raises:
        ValueError: there is no such method or schedule, a number is too small, or both adapters and LoRA are wanted.
    """

    learning_rate: float = 5e-5
    warmup: float = 0.06
    epochs: int = 3
    batch_size: int = 32
    max_length: int = 128
    weight_decay: float = 0.01
    seed: int = 0
    method: str = "vanilla"
    settings: Settings = field(default_factory=Settings)
    schedule: Schedule = "linear"
    max_steps: int | None = None
    by_length: bool = False
    adapter: int | None = None
    lora: int | None = None

    def __post_init__(self) -> None:
        check_method(self.method)
        if self.schedule not in ("linear", "constant"):
            raise ValueError(f"there is no schedule {self.schedule!r}: give linear or constant")
        for name in ("epochs", "batch_size", "max_steps", "adapter", "lora"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise ValueError(f"{name} is {value}: give 1 or more")
        if self.adapter is not None and self.lora is not None:
            raise ValueError("adapters and LoRA are both wanted: give one of the two")

    def identity(self) -> dict[str, Any]:
        """What decides a run, as plain JSON types; what came later than the first runs is left out where it is not used."""
        found = {name: value for name, value in asdict(self).items() if name not in _LATER}
        if self.method != "vanilla":
            own = self.settings.of(self.method)
            found |= {"objective": self.method, "settings": own if isinstance(own, float) else asdict(own)}
        if self.schedule != "linear":
            found["schedule"] = self.schedule
        for name in ("max_steps", "by_length", "adapter", "lora"):
            if value := getattr(self, name):
                found[name] = value
        return found


_LATER = frozenset(["method", "settings", "schedule", "max_steps", "by_length", "adapter", "lora"])


@dataclass(frozen=True)
class TrainedClassifier:
    """A finished run.

    Attributes:
        path: the checkpoint folder; its `training.json` holds the settings.
        losses: mean loss (nats) of every tenth of the run; cross-entropy, or the method's.
        seconds: of the training, over all processes that worked on it one after the other.
        skipped: whether it had been finished before.
    """

    path: Path
    losses: tuple[float, ...]
    seconds: float
    skipped: bool = False


def steps_an_epoch(texts: int, config: ClassifierConfig) -> int:
    """Steps of a pass over so many texts, and their augmented copies where the method makes them."""
    copies = config.settings.eda.copies if config.method == "eda" else 0
    return -(-texts * (1 + copies) // config.batch_size)


def train_classifier(
    model_path: str | Path,
    data: Sequence[Labelled],
    classes: Sequence[str],
    out: str | Path,
    config: ClassifierConfig | None = None,
    *,
    watch: Watch | None = None,
    synonyms: Synonyms | None = None,
) -> TrainedClassifier:
    """Trains an encoder with a new classification head; a run that was cut off goes on from its last epoch.

    Texts with a second one beside them (`Labelled.second`) are read as pairs. The result is an ordinary checkpoint, but for
    bottleneck adapters: `windward.training.robust.adapters.load_classifier` reads both.

    Args:
        model_path: an encoder, folder or hub id.
        data: texts and labels.
        classes: names of the classes; a label is a place among them.
        out: folder of the result; the same run finished before is not done again.
        config: settings.
        watch: measures at steps of the run, see `Watch`; it changes nothing of the result.
        synonyms: words for words, which the method `eda` needs.

    Raises:
        OutputError: `out` holds something else.
        ValueError: there are no texts, a label has no class, `eda` has no synonyms, adapters have no place in the encoder, or a
            watched step is beyond the run.
        FloatingPointError: the loss is not a number any more; nothing is saved.
        OSError: the encoder cannot be loaded.
    """
    config = config or ClassifierConfig()
    if not data or max(one.label for one in data) >= len(classes) or min(one.label for one in data) < 0:
        raise ValueError(f"{len(data)} texts with labels that must lie in 0 … {len(classes) - 1}: give texts whose labels are among the classes")  # fmt: skip
    if config.method == "eda":
        if synonyms is None:
            raise ValueError("eda replaces words by synonyms: give the argument synonyms")
        data = with_augmented(data, synonyms, config.settings.eda, seed=config.seed)
    steps = config.max_steps or -(-len(data) // config.batch_size) * config.epochs
    if watch is not None:
        check_watched(watch.steps, steps)
    identity = {
        "method": "classifier",
        "model": str(model_path),
        "rows": _digest(data),
        "classes": list(classes),
    }
    output = Output(Path(out), identity | config.identity())
    if (stored := output.stored()) is not None:
        return TrainedClassifier(output.out, tuple(stored["losses"]), stored["seconds"], skipped=True)
    output.open()
    return _fitted(str(model_path), data, classes, config, output, steps, watch)


def _digest(data: Sequence[Labelled]) -> str:
    return hashlib.sha256(json.dumps([one.as_dict() for one in data]).encode()).hexdigest()[:16]


def _fitted(
    model_path: str,
    data: Sequence[Labelled],
    classes: Sequence[str],
    config: ClassifierConfig,
    output: Output,
    steps: int,
    watch: Watch | None,
) -> TrainedClassifier:
    from transformers import AutoTokenizer, DataCollatorWithPadding, set_seed

    from windward.training.policy import merged
    from windward.training.robust.adapters import save_classifier
    from windward.training.robust.trainer import RobustTrainer, Saved, Watching, arguments
    from windward.training.robust.watching import predict_of
    from windward.training.trainer import COMPLETE, latest_state

    set_seed(config.seed)  # before the head is drawn
    tokenizer = AutoTokenizer.from_pretrained(model_path)
    model, mixin = _model(model_path, classes, config)
    states = output.part / "state"
    state = latest_state(states)
    saved = Saved(float((state / COMPLETE).read_text()) if state else 0.0)
    trainer = RobustTrainer(
        loss=_loss(config, mixin),
        freelb=config.settings.freelb if config.method == "freelb" else None,
        model=model,
        args=arguments(
            config,
            states,
            steps,
            max_steps=config.max_steps or -1,
            save_strategy="epoch",
            logging_steps=max(1, steps // 10),
            remove_unused_columns=mixin is None,
        ),
        train_dataset=_rows(tokenizer, data, len(classes), config),
        data_collator=DataCollatorWithPadding(tokenizer),
        processing_class=tokenizer,
        callbacks=[saved],
    )
    if watch is not None:
        trainer.add_callback(Watching(watch, predict_of(model, tokenizer, config.max_length)))
    trainer.train(resume_from_checkpoint=str(state) if state else None)
    seconds = saved.seconds()
    losses = tuple(float(log["loss"]) for log in trainer.state.log_history if "loss" in log)
    shutil.rmtree(states, ignore_errors=True)
    if not all(map(math.isfinite, losses)):
        shutil.rmtree(output.part)
        raise FloatingPointError(
            f"the loss is not a number any more: lower the learning rate ({config.learning_rate})"
        )
    model = merged(model)
    if mixin is not None:
        mixin.remove()
    save_classifier(model, tokenizer, output.part)
    output.close({"losses": losses, "seconds": seconds, "texts": len(data)})
    return TrainedClassifier(output.out, losses, seconds)


def _model(model_path: str, classes: Sequence[str], config: ClassifierConfig) -> tuple[Any, Any]:
    """The model that learns, and the mixin of `debias`, else None."""
    from transformers import AutoModelForSequenceClassification

    from windward.training.robust.adapters import add_adapters, with_lora
    from windward.training.robust.debias import Mixin

    model, loading = AutoModelForSequenceClassification.from_pretrained(
        model_path,
        num_labels=len(classes),
        id2label=dict(enumerate(classes)),
        label2id={name: place for place, name in enumerate(classes)},
        output_loading_info=True,
    )
    fresh = frozenset(loading["missing_keys"])
    mixin = Mixin(model) if config.method == "debias" else None
    if config.adapter is not None:
        add_adapters(model, config.adapter, fresh)
    learning = model if config.lora is None else with_lora(model, config.lora, fresh)
    if mixin is not None:
        mixin.listen()
    return learning, mixin


def _loss(config: ClassifierConfig, mixin: Any) -> Any:
    """What is minimised; None is the model's own cross-entropy."""
    from windward.training.robust.debias import learned_mixin
    from windward.training.robust.objectives import focal, smoothed

    settings = config.settings
    if mixin is not None:
        return lambda logits, labels, bias: learned_mixin(
            logits, labels, bias, mixin.strength(), settings.debias.entropy
        )
    if config.method == "smoothing":
        return lambda logits, labels, bias: smoothed(logits, labels, settings.smoothing)
    if config.method == "focal":
        return lambda logits, labels, bias: focal(logits, labels, settings.focal)
    return None


def _rows(tokenizer: Any, data: Sequence[Labelled], classes: int, config: ClassifierConfig) -> Any:
    from torch.utils.data import Dataset

    from windward.models.classifier import tokens_of
    from windward.training.robust.debias import shallow_log_probabilities

    columns = dict(
        tokens_of(tokenizer, [one.text for one in data], [one.second for one in data], config.max_length)
    )
    columns["labels"] = [one.label for one in data]
    if config.method == "debias":
        settings = config.settings.debias
        columns["bias"] = shallow_log_probabilities(data, classes, settings, seed=config.seed).tolist()

    class Rows(Dataset[Any]):
        def __len__(self) -> int:
            return len(data)

        def __getitem__(self, at: int) -> dict[str, Any]:
            return {name: values[at] for name, values in columns.items()}

    return Rows()
