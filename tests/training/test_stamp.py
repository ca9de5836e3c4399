"""A checkpoint says what it must not be scored on, and its descendants say it too."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sum_rows import pairs, sums
from trajectory_rows import row

from windward.training import Mix, SFTConfig, never_score, train_preference, train_sft


def file(folder: Path, name: str, rows: list[dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), folder / name)
    return folder / name


def test_the_names_of_all_rows_go_into_the_checkpoint(tiny_checkpoint: Path, tmp_path: Path) -> None:
    rows = file(tmp_path, "r.parquet", [row(1, never_score=["MINT", "math"]), row(2, never_score=["mint"])])
    general = file(tmp_path, "g.parquet", [one | {"never_score": ["ifeval"]} for one in sums(2)])
    trained = train_sft(tiny_checkpoint, rows, tmp_path / "out", SFTConfig(), mix=Mix(rows=general))
    assert never_score(trained.path) == {"mint", "math", "ifeval"}


def test_descendants_inherit_the_names(tiny_checkpoint: Path, tmp_path: Path) -> None:
    rows = file(tmp_path, "r.parquet", [row(1, never_score=["mint"])])
    first = train_sft(tiny_checkpoint, rows, tmp_path / "first")
    clean = file(tmp_path, "c.parquet", sums(2))
    second = train_sft(first.path, clean, tmp_path / "second")
    chosen = file(tmp_path, "p.parquet", [one | {"never_score": ["mbpp"]} for one in pairs(2)])
    third = train_preference(second.path, chosen, tmp_path / "third")
    assert never_score(second.path) == {"mint"}
    assert never_score(third.path) == {"mint", "mbpp"}


def test_rows_without_names_stamp_nothing(tiny_checkpoint: Path, tmp_path: Path) -> None:
    trained = train_sft(tiny_checkpoint, file(tmp_path, "c.parquet", sums(2)), tmp_path / "out")
    assert never_score(trained.path) == frozenset()
    assert never_score(tiny_checkpoint) == frozenset()
    assert never_score("embedded") == frozenset()


def test_a_damaged_record_is_no_clean_one(tmp_path: Path) -> None:
    for text in ("{", "[]", '{"never_score": 3}'):
        (tmp_path / "training.json").write_text(text)
        with pytest.raises(ValueError, match="damaged"):
            never_score(tmp_path)
