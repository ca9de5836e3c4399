"""Reference log-probabilities are computed once for a checkpoint, rows and settings, by whichever run comes first."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sum_rows import pairs

from windward.training import PreferenceConfig, references, train_preference

Write = Callable[[list[dict[str, Any]]], Path]


@pytest.fixture
def forbidden(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def forbid() -> None:
        def fail(*_: Any) -> Any:
            raise AssertionError("the reference policy was asked again")

        monkeypatch.setattr(references, "_computed", fail)

    return forbid


def test_a_second_run_asks_the_reference_policy_nothing(
    tiny_checkpoint: Path, written: Write, tmp_path: Path, forbidden: Callable[[], None]
) -> None:
    rows = written(pairs(8))
    first = train_preference(tiny_checkpoint, rows, tmp_path / "dpo", PreferenceConfig())
    forbidden()
    again = train_preference(tiny_checkpoint, rows, tmp_path / "again", PreferenceConfig())
    assert again.losses == first.losses and not again.skipped
    other = PreferenceConfig(
        objective="kto", beta=0.5, learning_rate=1e-4, batch_size=4, lora_rank=2, epochs=2
    )
    train_preference(tiny_checkpoint, rows, tmp_path / "kto", other)


@pytest.mark.parametrize("change", ["rows", "length", "checkpoint"])
def test_other_rows_lengths_and_checkpoints_are_asked_anew(
    tiny_checkpoint: Path, written: Write, tmp_path: Path, forbidden: Callable[[], None], change: str
) -> None:
    first = train_preference(tiny_checkpoint, written(pairs(4)), tmp_path / "first")
    forbidden()
    start = first.path if change == "checkpoint" else tiny_checkpoint
    rows = written(pairs(5 if change == "rows" else 4))
    config = PreferenceConfig(max_length=100 if change == "length" else 1024)
    with pytest.raises(AssertionError, match="asked again"):
        train_preference(start, rows, tmp_path / "other", config)


def test_a_damaged_file_is_computed_anew(
    tiny_checkpoint: Path, written: Write, tmp_path: Path, own_cache: Path
) -> None:
    rows = written(pairs(4))
    first = train_preference(tiny_checkpoint, rows, tmp_path / "first")
    (stored,) = (own_cache / "windward" / "references").iterdir()
    values = json.loads(stored.read_text())
    assert len(values) == 4
    damages = (stored.read_text()[:20], json.dumps(values[:2]), "{}", "[[1], [2], [3], [4]]")
    for number, damage in enumerate(damages):
        stored.write_text(damage)
        again = train_preference(tiny_checkpoint, rows, tmp_path / f"again-{number}")
        assert again.losses == first.losses
        assert json.loads(stored.read_text()) == values
