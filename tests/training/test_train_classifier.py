"""An encoder learns to classify, its folder is whole or not there, and a finished run is not done again."""

from pathlib import Path

import pytest
from small_encoder import write_encoder

from windward.evals.robtest.checkpoint import checkpoint_classifier
from windward.evals.robtest.dimension import RobTestError
from windward.rows.labelled import Labelled
from windward.training.classifier import ClassifierConfig, train_classifier
from windward.training.output import OutputError

ROWS = [Labelled(str(n), f"farm has {n} cows" if n % 2 else f"tom buys {n} apples", n % 2) for n in range(28)]


def test_an_encoder_learns_what_its_labels_say_and_is_not_trained_twice(tmp_path: Path) -> None:
    start, out = write_encoder(tmp_path / "encoder"), tmp_path / "out"
    config = ClassifierConfig(learning_rate=1e-2, epochs=8, batch_size=7)
    with pytest.raises(RobTestError, match="no trained classification head"):
        checkpoint_classifier(start)
    first = train_classifier(start, ROWS, ("apples", "cows"), out, config)
    assert first.losses[-1] < first.losses[0]
    victim = checkpoint_classifier(out)
    assert victim.classes == ("apples", "cows")
    rows = victim.predict(["tom buys 3 apples", "farm has 9 cows", "farm has 2 cows"])
    assert rows.argmax(axis=1).tolist() == [0, 1, 1]
    assert train_classifier(start, ROWS, ("apples", "cows"), out, config).skipped
    other = train_classifier(
        start, ROWS, ("apples", "cows"), tmp_path / "elsewhere" / "out", ClassifierConfig(epochs=1)
    )
    names = {victim.name, checkpoint_classifier(other.path).name}
    assert len(names) == 2, "two checkpoints in folders of one name are told apart"
    assert {name.split("@")[0] for name in names} == {"out"}
    assert not out.with_name("out.part").exists()
    with pytest.raises(OutputError):
        train_classifier(start, ROWS, ("apples", "cows"), out, ClassifierConfig(seed=1))


def test_a_label_without_a_class_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must lie in 0"):
        train_classifier("anything", [Labelled("1", "text", 2)], ("no", "yes"), tmp_path / "out")
