"""A run can be measured while it goes on, and is none the wiser."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from robust_runs import CLASSES, FAST, ROWS, Noted, same, synonyms
from small_encoder import write_encoder

from windward.rows.labelled import Labelled
from windward.training.classifier import ClassifierConfig, steps_an_epoch, train_classifier
from windward.training.robust.watching import predictor, steps_at

CONFIG = ClassifierConfig(learning_rate=1e-2, epochs=3, batch_size=7, settings=FAST)


def test_a_watched_run_ends_in_the_same_weights_as_one_that_was_not(tmp_path: Path) -> None:
    start = write_encoder(tmp_path / "encoder")
    watch = Noted([0, 1, 4, 12])
    seen = train_classifier(start, ROWS, CLASSES, tmp_path / "watched", CONFIG, watch=watch)
    unseen = train_classifier(start, ROWS, CLASSES, tmp_path / "alone", CONFIG)
    assert same(seen.path, unseen.path)
    assert list(watch.seen) == [0, 1, 4, 12]
    for said in watch.seen.values():
        assert said.sum(axis=1) == pytest.approx(np.ones(len(ROWS)))
    assert not np.allclose(watch.seen[0], watch.seen[1])


def test_the_last_point_is_what_the_saved_checkpoint_says(tmp_path: Path) -> None:
    watch = Noted([12])
    made = train_classifier(
        write_encoder(tmp_path / "encoder"), ROWS, CLASSES, tmp_path / "out", CONFIG, watch=watch
    )
    assert predictor(made.path)(ROWS) == pytest.approx(watch.seen[12], abs=1e-6)


def test_texts_are_cut_where_training_cut_them(tmp_path: Path) -> None:
    short = replace(CONFIG, max_length=4)
    made = train_classifier(write_encoder(tmp_path / "encoder"), ROWS, CLASSES, tmp_path / "out", short)
    same_start = [Labelled("1", "farm has 3 cows", 0), Labelled("2", "farm has 3 cows and many apples", 0)]
    one, other = predictor(made.path)(same_start)
    assert one == pytest.approx(other, abs=1e-9)
    one, other = predictor(made.path, longest=20)(same_start)
    assert one != pytest.approx(other, abs=1e-3)


@pytest.mark.parametrize("method", ["eda", "freelb", "debias"])
def test_a_killed_run_goes_on_and_ends_as_if_it_had_not_been(tmp_path: Path, method: str) -> None:
    start = write_encoder(tmp_path / "encoder")
    config = replace(CONFIG, epochs=2, method=method, batch_size=14)
    epoch = steps_an_epoch(len(ROWS), config)
    whole = train_classifier(start, ROWS, CLASSES, tmp_path / "whole", config, synonyms=synonyms)
    dying = Noted([0, epoch, epoch + 1], dies_at=epoch + 1)
    with pytest.raises(InterruptedError):
        train_classifier(start, ROWS, CLASSES, tmp_path / "out", config, watch=dying, synonyms=synonyms)
    again = Noted([0, epoch, epoch + 1])
    made = train_classifier(start, ROWS, CLASSES, tmp_path / "out", config, watch=again, synonyms=synonyms)
    assert list(again.seen) == [epoch + 1], "what was measured before the saved epoch is not measured again"
    assert np.array_equal(again.seen[epoch + 1], dying.seen[epoch + 1])
    assert same(made.path, whole.path)
    assert made.losses == whole.losses
    assert train_classifier(start, ROWS, CLASSES, tmp_path / "out", config, synonyms=synonyms).skipped


@pytest.mark.parametrize("capacity", [{"adapter": 4}, {"lora": 2}])
def test_a_killed_run_with_few_weights_goes_on_too(tmp_path: Path, capacity: dict[str, int]) -> None:
    start = write_encoder(tmp_path / "encoder")
    config = replace(CONFIG, epochs=2, batch_size=14, **capacity)  # type: ignore[arg-type]
    whole = train_classifier(start, ROWS, CLASSES, tmp_path / "whole", config)
    with pytest.raises(InterruptedError):
        train_classifier(start, ROWS, CLASSES, tmp_path / "out", config, watch=Noted([3], dies_at=3))
    made = train_classifier(start, ROWS, CLASSES, tmp_path / "out", config)
    assert same(made.path, whole.path)


def test_a_state_that_was_cut_off_while_it_was_saved_is_passed_over(tmp_path: Path) -> None:
    start, config = write_encoder(tmp_path / "encoder"), replace(CONFIG, by_length=True)
    whole = train_classifier(start, ROWS, CLASSES, tmp_path / "whole", config)
    with pytest.raises(InterruptedError):
        train_classifier(start, ROWS, CLASSES, tmp_path / "out", config, watch=Noted([9], dies_at=9))
    states = tmp_path / "out.part" / "state"
    assert [state.name for state in states.iterdir()] == ["checkpoint-8"]
    (states / "checkpoint-12").mkdir()
    (states / "checkpoint-12" / "model.safetensors").write_bytes(b"half")
    again = Noted([8, 9])
    made = train_classifier(start, ROWS, CLASSES, tmp_path / "out", config, watch=again)
    assert list(again.seen) == [9]
    assert same(made.path, whole.path)


def test_a_step_beyond_the_run_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"in a run of 12: give steps in 0 … 12"):
        train_classifier("anything", ROWS, CLASSES, tmp_path / "out", CONFIG, watch=Noted([13]))
    assert not (tmp_path / "out.part").exists()


def test_points_of_a_curve_are_steps_of_the_run() -> None:
    config = ClassifierConfig(batch_size=10)
    assert steps_an_epoch(1_000, config) == 100
    assert steps_an_epoch(1_001, replace(config, method="eda")) == 201
    assert steps_at([0, 1e-10, 0.1, 0.3, 0.9, 1, 2], 100) == (0, 1, 10, 30, 90, 100, 200)
    assert steps_at([0.1, 0.11, 1], 4) == (1, 4)
