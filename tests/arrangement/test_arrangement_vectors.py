"""Where vectors lie changes nothing: memory, mapped files, Parquet shards; bad ones are refused by their place."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from windward import arrangement
from windward.arrangement.naive import naive_distances, naive_plan

test_centric_module = importlib.import_module("windward.arrangement.test_centric")
nearest_module = importlib.import_module("windward.arrangement.nearest")


def _vectors(rows: int, seed: int, width: int = 16) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(seed).standard_normal((rows, width), dtype=np.float32)


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_a_mapped_file_gives_the_plan_of_the_array(tmp_path: Path, kind: str) -> None:
    train = _vectors(3000, 0).astype(kind)
    np.save(tmp_path / "train.npy", train)
    mapped = np.load(tmp_path / "train.npy", mmap_mode="r")
    plan = arrangement.test_centric(mapped, _vectors(20, 1), 700)
    assert plan.order.tolist() == arrangement.test_centric(train, _vectors(20, 1), 700).order.tolist()
    assert plan.order.tolist() == naive_plan(naive_distances(train, _vectors(20, 1)), 700).order.tolist()


def test_changes_kept_in_memory_only_are_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("windward.arrangement.vectors._HELD", 0)
    np.save(tmp_path / "train.npy", _vectors(50, 0))
    changed = np.load(tmp_path / "train.npy", mmap_mode="c")
    changed[7] = 2.0
    arrangement.test_centric(changed, _vectors(3, 1))
    assert changed[7].tolist() == [2.0] * 16


def test_a_mapped_file_stays_right_when_its_pages_are_handed_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("windward.arrangement.vectors._HELD", 0)
    np.save(tmp_path / "train.npy", _vectors(500, 0))
    mapped = np.load(tmp_path / "train.npy", mmap_mode="r+")
    mapped[3] = mapped[4] = 1.0
    plan = arrangement.test_centric(mapped, _vectors(5, 1))
    assert plan.order.tolist() == arrangement.test_centric(np.array(mapped), _vectors(5, 1)).order.tolist()
    assert mapped[3].tolist() == [1.0] * 16


def test_shards_are_one_file_in_their_order(tmp_path: Path) -> None:
    train = _vectors(900, 3)
    paths = []
    for number, part in enumerate(np.array_split(train, 3)):
        paths.append(tmp_path / f"{number}.parquet")
        pq.write_table(pa.table({"embedding": list(part), "id": np.arange(len(part))}), paths[-1])
    mapped = arrangement.stored(arrangement.parquet_vectors(paths), tmp_path / "all.npy")
    assert isinstance(mapped, np.memmap)
    assert np.array_equal(mapped, train)
    target = _vectors(9, 4)
    assert (
        arrangement.test_centric(mapped, target).order.tolist()
        == arrangement.test_centric(train, target).order.tolist()
    )


def test_shards_without_the_column_or_with_gaps_are_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"vector": [[1.0, 2.0]]}), tmp_path / "a.parquet")
    with pytest.raises(ValueError, match="no column 'embedding', only vector"):
        list(arrangement.parquet_vectors([tmp_path / "a.parquet"]))
    pq.write_table(pa.table({"embedding": [[1.0, 2.0], None]}), tmp_path / "b.parquet")
    with pytest.raises(ValueError, match="without a vector"):
        list(arrangement.parquet_vectors([tmp_path / "b.parquet"]))
    with pytest.raises(ValueError, match="piece 1"):
        arrangement.stored([_vectors(2, 0), _vectors(2, 0, width=3)], tmp_path / "c.npy")
    with pytest.raises(ValueError, match="no pieces"):
        arrangement.stored([], tmp_path / "d.npy")


def _with(row: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    changed = _vectors(2000, 0)
    changed[1500] = row
    return changed


@pytest.mark.parametrize("lists", [False, True])
@pytest.mark.parametrize(("row", "message"), [(0.0, "row 1500 is zero"), (np.nan, "row 1500 holds NaN")])
def test_a_row_without_direction_is_named(
    row: float, message: str, lists: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lists:
        monkeypatch.setattr(test_centric_module, "ENTRIES", 0)
    with pytest.raises(ValueError, match=message):
        arrangement.test_centric(_with(row), _vectors(3, 1))
    with pytest.raises(ValueError, match=message.replace("row", "target")):
        arrangement.test_centric(_vectors(3, 1), _with(row))


def test_other_bad_input_says_what_is_wrong() -> None:
    train = _vectors(5, 0)
    with pytest.raises(ValueError, match="16 numbers, target vectors 8"):
        arrangement.test_centric(train, _vectors(3, 1, width=8))
    with pytest.raises(ValueError, match="target set is empty"):
        arrangement.test_centric(train, train[:0])
    with pytest.raises(ValueError, match="budget of -1"):
        arrangement.test_centric(train, train, -1)
    with pytest.raises(ValueError, match="give a matrix"):
        arrangement.test_centric(train[0], train)
    with pytest.raises(ValueError, match="encode the texts"):
        arrangement.test_centric(np.array([["text"]]), train)
    with pytest.raises(ValueError, match="row 1 to target 0 is nan"):
        arrangement.test_centric.from_distances([[1.0], [np.nan]])
    with pytest.raises(ValueError, match="'index' or by 'distance'"):
        arrangement.test_centric.from_distances([[1.0]], within="nearest")  # type: ignore[arg-type]


def test_no_rows_are_an_empty_plan() -> None:
    assert len(arrangement.test_centric(_vectors(0, 0), _vectors(3, 1))) == 0
    assert len(arrangement.test_centric(_vectors(4, 0), _vectors(3, 1), budget=0)) == 0


def test_the_size_of_a_vector_does_not_count_even_at_the_ends_of_float32() -> None:
    train, target = _vectors(300, 0), _vectors(7, 1)
    wide = train.astype(np.float64) * np.float64(2) ** np.random.default_rng(2).integers(-120, 120, (300, 1))
    wanted = arrangement.test_centric(train, target).order.tolist()
    assert arrangement.test_centric(wide.astype(np.float32), target).order.tolist() == wanted
    assert arrangement.test_centric(wide, target * np.float32(2**40)).order.tolist() == wanted


def test_many_copies_of_one_row_come_one_a_turn_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_centric_module, "ENTRIES", 0)
    monkeypatch.setattr(nearest_module, "_ENTRIES", 300)  # lists shorter than the copies
    train = _vectors(400, 5)
    train[100:350] = train[0]
    plan = arrangement.test_centric(train, train[:1] + np.zeros((3, 1), dtype=np.float32), 40)
    assert plan.order.tolist() == [0, *range(100, 139)]
    assert plan.turns == [1] * 40
