"""Rows of a second file among those of the first."""

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sum_rows import sums
from trajectory_rows import row

from windward.training import Mix, OutputError, SFTConfig, train_sft
from windward.training.mix import interleaved


def units(epochs: int, own: int = 6) -> list[str]:
    return [f"own {number}" for _ in range(epochs) for number in range(own)]


OTHERS = [f"other {number}" for number in range(20)]


def test_each_epoch_holds_the_share_and_draws_anew() -> None:
    found = interleaved(units(3), OTHERS, Mix(rows=Path("x"), share=0.5), SFTConfig(epochs=3))
    epochs = [found[start : start + 12] for start in range(0, 36, 12)]
    drawn = [{unit for unit in epoch if unit.startswith("other")} for epoch in epochs]
    assert [len(set(epoch)) for epoch in epochs] == [12] * 3
    assert [len(others) for others in drawn] == [6] * 3
    assert drawn[0] != drawn[1]


def test_the_first_files_rows_stay_in_their_order_between_the_others() -> None:
    found = interleaved(units(1), OTHERS, Mix(rows=Path("x"), share=0.5), SFTConfig())
    assert [unit for unit in found if unit.startswith("own")] == units(1)
    assert found[:6] != units(1)


def test_the_seed_decides_and_without_a_share_all_are_taken() -> None:
    mix = Mix(rows=Path("x"))
    first = interleaved(units(2), OTHERS, mix, SFTConfig(epochs=2))
    assert Counter(first) == Counter(units(2) + OTHERS * 2)
    assert interleaved(units(2), OTHERS, mix, SFTConfig(epochs=2)) == first
    assert interleaved(units(2), OTHERS, mix, SFTConfig(epochs=2, seed=1)) != first


def test_too_few_rows_for_a_share_are_refused_with_the_share_that_is_possible() -> None:
    with pytest.raises(ValueError, match=r"holds 20 rows.*needs 54: lower the share to 0\.769"):
        interleaved(units(1), OTHERS, Mix(rows=Path("x"), share=0.9), SFTConfig())
    with pytest.raises(ValueError, match="between 0 and 1"):
        Mix(rows=Path("x"), share=1.0)


def test_a_mixed_run_learns_both_and_is_another_run(tiny_checkpoint: Path, tmp_path: Path) -> None:
    own, general = tmp_path / "own.parquet", tmp_path / "general.parquet"
    pq.write_table(pa.Table.from_pylist([row(2)] * 8), own)
    pq.write_table(pa.Table.from_pylist(sums(8)), general)
    mix = Mix(rows=general, share=0.5)
    config = SFTConfig(epochs=2, batch_size=4)
    mixed = train_sft(tiny_checkpoint, own, tmp_path / "out", config, mix=mix)
    alone = train_sft(tiny_checkpoint, own, tmp_path / "alone", config)
    others = train_sft(tiny_checkpoint, general, tmp_path / "others", config)
    assert len(mixed.losses) == 8
    assert mixed.answer_tokens == alone.answer_tokens + others.answer_tokens
    assert train_sft(tiny_checkpoint, own, tmp_path / "out", config, mix=mix).skipped
    with pytest.raises(OutputError):
        train_sft(tiny_checkpoint, own, tmp_path / "out", config)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        train_sft(tiny_checkpoint, own, tmp_path / "new", config, mix=Mix(rows=tmp_path / "nowhere.parquet"))
