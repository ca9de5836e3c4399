"""Fine-tuning an encoder to classify texts: cross-entropy on labels, with `transformers`."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from windward.rows.labelled import Labelled
from windward.training.output import Output


@dataclass(frozen=True)
class ClassifierConfig:
    """How a classifier is trained.

    Attributes:
        learning_rate: peak of AdamW's rate; linear warm-up, then linear to zero.
        warmup: share of the steps that warm up.
        epochs: passes over the rows.
        batch_size: texts a step.
        max_length: tokens of a text at most; the end of a longer one is cut off.
        weight_decay: AdamW's.
        seed: of the head, the order and dropout.
    """

    learning_rate: float = 5e-5
    warmup: float = 0.06
    epochs: int = 3
    batch_size: int = 32
    max_length: int = 128
    weight_decay: float = 0.01
    seed: int = 0


@dataclass(frozen=True)
class TrainedClassifier:
    """A finished run.

    Attributes:
        path: the checkpoint folder; its `training.json` holds the settings.
        losses: mean cross-entropy (nats) of every tenth of the run.
        seconds: of the training.
        skipped: whether it had been finished before.
    """

    path: Path
    losses: tuple[float, ...]
    seconds: float
    skipped: bool = False


def train_classifier(
    model_path: str | Path,
    data: Sequence[Labelled],
    classes: Sequence[str],
    out: str | Path,
    config: ClassifierConfig | None = None,
) -> TrainedClassifier:
    """Trains an encoder with a new classification head; a run that was cut off goes on from its last epoch.

    Args:
        model_path: an encoder, folder or hub id.
        data: texts and labels.
        classes: names of the classes; a label is a place among them.
        out: folder of the result; the same run finished before is not done again.
        config: settings.

    Raises:
        OutputError: `out` holds something else.
        ValueError: there are no texts, or a label has no class.
        OSError: the encoder cannot be loaded.
    """
    config = config or ClassifierConfig()
    if not data or max(one.label for one in data) >= len(classes) or min(one.label for one in data) < 0:
        raise ValueError(f"{len(data)} texts with labels that must lie in 0 … {len(classes) - 1}: give texts whose labels are among the classes")  # fmt: skip
    rows = hashlib.sha256(json.dumps([asdict(one) for one in data]).encode()).hexdigest()[:16]
    identity = {"method": "classifier", "model": str(model_path), "rows": rows, "classes": list(classes)}
    output = Output(Path(out), identity | asdict(config))
    if (stored := output.stored()) is not None:
        return TrainedClassifier(output.out, tuple(stored["losses"]), stored["seconds"], skipped=True)
    output.open()
    return _fitted(str(model_path), data, classes, config, output)


def _fitted(
    model_path: str,
    data: Sequence[Labelled],
    classes: Sequence[str],
    config: ClassifierConfig,
    output: Output,
) -> TrainedClassifier:
    from torch.cuda import is_available
    from torch.utils.data import Dataset
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        Trainer,
        TrainingArguments,
        set_seed,
    )
    from transformers.trainer_utils import get_last_checkpoint

    set_seed(config.seed)  # before the head is drawn
    tokenizer = AutoTokenizer.from_pretrained(model_path)
    model = AutoModelForSequenceClassification.from_pretrained(
        model_path,
        num_labels=len(classes),
        id2label=dict(enumerate(classes)),
        label2id={name: place for place, name in enumerate(classes)},
    )
    encoded = tokenizer([one.text for one in data], truncation=True, max_length=config.max_length)

    class Rows(Dataset[Any]):
        def __len__(self) -> int:
            return len(data)

        def __getitem__(self, at: int) -> dict[str, Any]:
            return {name: values[at] for name, values in encoded.items()} | {"labels": data[at].label}

    steps = -(-len(data) // config.batch_size) * config.epochs
    state = output.part / "state"
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=str(state),
            learning_rate=config.learning_rate,
            warmup_steps=int(config.warmup * steps),
            num_train_epochs=config.epochs,
            per_device_train_batch_size=config.batch_size,
            weight_decay=config.weight_decay,
            seed=config.seed,
            save_strategy="epoch",
            save_total_limit=1,
            logging_steps=max(1, steps // 10),
            report_to=[],
            disable_tqdm=True,
            dataloader_pin_memory=is_available(),
        ),
        train_dataset=Rows(),
        data_collator=DataCollatorWithPadding(tokenizer),
        processing_class=tokenizer,
    )
    started = time.monotonic()
    trainer.train(resume_from_checkpoint=get_last_checkpoint(str(state)) if state.is_dir() else None)
    seconds = time.monotonic() - started
    losses = tuple(float(log["loss"]) for log in trainer.state.log_history if "loss" in log)
    shutil.rmtree(state, ignore_errors=True)
    model.save_pretrained(output.part)
    tokenizer.save_pretrained(output.part)
    output.close({"losses": losses, "seconds": seconds, "texts": len(data)})
    return TrainedClassifier(output.out, losses, seconds)
