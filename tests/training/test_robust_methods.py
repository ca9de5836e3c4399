"""Each method by its name, nothing by another; and what reaches the model."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from robust_runs import CLASSES, FAST, ROWS, same, synonyms, weights
from small_encoder import write_encoder
from transformers import AutoTokenizer

from windward.rows.labelled import Labelled
from windward.training.classifier import ClassifierConfig, train_classifier
from windward.training.output import Output, OutputError
from windward.training.robust.freelb import FreeLB
from windward.training.robust.methods import METHODS, Settings
from windward.training.robust.trainer import RobustTrainer

CONFIG = ClassifierConfig(learning_rate=1e-2, epochs=1, batch_size=7, settings=FAST)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the model was given, batch by batch."""
    given: list[dict[str, Any]] = []
    step = RobustTrainer.training_step

    def noted(self: Any, model: Any, inputs: dict[str, Any], count: Any = None) -> Any:
        given.append(dict(inputs))
        return step(self, model, inputs, count)

    monkeypatch.setattr(RobustTrainer, "training_step", noted)
    return given


@pytest.mark.parametrize("alias", ["fl", "ls", "se", "Focal", ""])
def test_an_alias_never_trains_vanilla_in_silence(alias: str) -> None:
    """The release's options `fl`, `ls` and `se` do."""
    with pytest.raises(ValueError, match="give one of vanilla, eda, freelb, smoothing, focal, debias"):
        ClassifierConfig(method=alias)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"adapter": 2, "lora": 2}, "one of the two"), ({"max_steps": 0}, "give 1 or more"), ({"lora": 0}, "give 1 or more"),
     ({"schedule": "cosine"}, "linear or constant")],
)  # fmt: skip
def test_what_cannot_be_trained_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ClassifierConfig(**wrong)


def test_augmented_copies_reach_the_model(tmp_path: Path, batches: list[dict[str, Any]]) -> None:
    """In the release the loader is built before the texts are augmented: none is ever trained on."""
    start = write_encoder(tmp_path / "encoder")
    train_classifier(start, ROWS, CLASSES, tmp_path / "out", replace(CONFIG, method="eda"), synonyms=synonyms)
    tokenizer = AutoTokenizer.from_pretrained(start)
    seen = Counter(
        (tokenizer.decode(ids, skip_special_tokens=True), label.item())
        for batch in batches
        for ids, label in zip(batch["input_ids"], batch["labels"], strict=True)
    )
    originals = Counter((one.text, one.label) for one in ROWS)
    assert seen.total() == 2 * len(ROWS)
    assert not originals - seen
    copies = seen - originals
    assert sum(count for text, count in copies.items() if text not in originals) > len(ROWS) // 2
    assert {label for _, label in copies} == {0, 1}


def test_augmentation_without_synonyms_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="give the argument synonyms"):
        train_classifier("anything", ROWS, CLASSES, tmp_path / "out", replace(CONFIG, method="eda"))


def test_every_method_learns_and_all_end_elsewhere(tmp_path: Path) -> None:
    start, config = write_encoder(tmp_path / "encoder"), replace(CONFIG, epochs=4)
    ends = []
    for method in METHODS:
        made = train_classifier(
            start, ROWS, CLASSES, tmp_path / method, replace(config, method=method), synonyms=synonyms
        )
        assert made.losses[-1] < made.losses[0]
        ends.append(made.path)
    assert {len(weights(path)) for path in ends} == {len(weights(ends[0]))}, "ordinary checkpoints all"
    assert not any(same(one, other) for one in ends for other in ends if one != other)


def test_one_seed_gives_one_result_and_another_another(tmp_path: Path) -> None:
    start, config = write_encoder(tmp_path / "encoder"), replace(CONFIG, method="freelb")
    one, two = (train_classifier(start, ROWS, CLASSES, tmp_path / name, config).path for name in ("1", "2"))
    other = train_classifier(start, ROWS, CLASSES, tmp_path / "3", replace(config, seed=1)).path
    assert same(one, two) and not same(one, other)


def test_both_texts_of_a_pair_reach_the_model(tmp_path: Path, batches: list[dict[str, Any]]) -> None:
    pairs = [
        Labelled(str(n), f"tom has {n} cows", n % 2, second="he buys" if n % 2 else "he has")
        for n in range(28)
    ]
    start = write_encoder(tmp_path / "encoder")
    made = train_classifier(start, pairs, CLASSES, tmp_path / "out", replace(CONFIG, epochs=4))
    assert made.losses[-1] < made.losses[0]
    tokenizer = AutoTokenizer.from_pretrained(start)
    seen = {
        tokenizer.decode(ids, skip_special_tokens=True) for batch in batches for ids in batch["input_ids"]
    }
    assert seen == {f"{one.text} {one.second}" for one in pairs}


def test_max_steps_stand_in_place_of_epochs_and_the_schedule_can_be_constant(
    tmp_path: Path, batches: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: list[float] = []
    step = RobustTrainer.log

    def noted(self: Any, logs: dict[str, float], start_time: Any = None) -> None:
        rates.extend([logs["learning_rate"]] if "learning_rate" in logs else [])
        step(self, logs, start_time)

    monkeypatch.setattr(RobustTrainer, "log", noted)
    start = write_encoder(tmp_path / "encoder")
    config = replace(CONFIG, max_steps=6, schedule="constant", warmup=0.0)
    train_classifier(start, ROWS, CLASSES, tmp_path / "out", config)
    assert len(batches) == 6
    assert rates == [1e-2] * 6


def test_batches_by_length_hold_every_text_once_and_less_padding(
    tmp_path: Path, batches: list[dict[str, Any]]
) -> None:
    texts = [Labelled(str(n), "cows " * (1 + n % 13), n % 2) for n in range(280)]
    start = write_encoder(tmp_path / "encoder")

    def trained(by_length: bool) -> tuple[int, Counter[int]]:
        batches.clear()
        train_classifier(
            start, texts, CLASSES, tmp_path / str(by_length), replace(CONFIG, by_length=by_length)
        )
        shown = [batch["attention_mask"] for batch in batches]
        return sum(mask.numel() for mask in shown), Counter(
            row.sum().item() for mask in shown for row in mask
        )

    (mixed, lengths), (grouped, same_lengths) = trained(False), trained(True)
    assert lengths == same_lengths
    assert grouped < 0.8 * mixed


def test_a_run_of_before_there_were_methods_is_still_the_same_run(tmp_path: Path) -> None:
    before = {
        "method": "classifier", "model": "m", "rows": "07518503129de530", "classes": ["no", "yes"], "learning_rate": 5e-5,
        "warmup": 0.06, "epochs": 3, "batch_size": 32, "max_length": 128, "weight_decay": 0.01, "seed": 0,
    }  # fmt: skip
    rows = [Labelled("1", "one", 0), Labelled("2", "two", 1)]
    folder = Output(tmp_path / "out", before)
    folder.open()
    folder.close({"losses": [0.5], "seconds": 1.0})
    assert train_classifier("m", rows, ("no", "yes"), tmp_path / "out").skipped
    for other in (
        replace(ClassifierConfig(), method="focal"),
        ClassifierConfig(adapter=2),
        ClassifierConfig(max_steps=2),
    ):
        with pytest.raises(OutputError):
            train_classifier("m", rows, ("no", "yes"), tmp_path / "out", other)
    paired = [replace(rows[0], second="beside"), rows[1]]
    with pytest.raises(OutputError):
        train_classifier("m", paired, ("no", "yes"), tmp_path / "out")


def test_only_the_settings_of_the_trained_method_decide_a_run() -> None:
    moved = Settings(freelb=FreeLB(ascents=5))
    assert ClassifierConfig(settings=moved).identity() == ClassifierConfig().identity()
    one, other = (ClassifierConfig(method="freelb", settings=settings) for settings in (moved, Settings()))
    assert one.identity() != other.identity()


def test_a_loss_that_is_no_number_is_an_error_not_a_checkpoint(tmp_path: Path) -> None:
    start = write_encoder(tmp_path / "encoder")
    with pytest.raises(FloatingPointError, match="lower the learning rate"):
        train_classifier(
            start, ROWS, CLASSES, tmp_path / "out", replace(CONFIG, learning_rate=1e30, epochs=3)
        )
    assert not (tmp_path / "out").exists() and not (tmp_path / "out.part").exists()


def test_the_command_knows_every_method() -> None:
    from typer.testing import CliRunner

    from windward.cli import app

    shown = CliRunner().invoke(app, ["train", "classifier", "--help"], env={"COLUMNS": "200"}).output
    assert all(method in shown for method in METHODS)
    assert re.search(r"windward train classifier --data .*--method focal", " ".join(shown.split()))
