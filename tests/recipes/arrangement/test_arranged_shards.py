"""A folder of shards is the file of all its rows, whoever embeds them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from windward.arrangement import embed
from windward.arrangement.naive import naive_distances, naive_plan
from windward.cli import app
from windward.recipes.arrangement import arrange_file
from windward.recipes.arrangement import arranged as arranged_module
from windward.recipes.arrangement.scale import _Encoding, _in_order
from windward.recipes.arrangement.texts import ArrangeError, Rows

QUESTIONS = [f"What is {n % 5} plus 1?" if n % 2 else f"Name {n % 4} fish." for n in range(40)]
"""Each comes more than once, and in more than one shard."""
CUTS = [0, 13, 13, 14, 31, 40]
quiet = partial(arrange_file, tell=lambda _: None)


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path, Path]:
    """A folder of five shards, one of them empty; the file of all their rows; targets. Chunks of 6 rows, pieces of 4."""
    monkeypatch.setattr("windward.arrangement.embedding._CHUNK", 6)
    monkeypatch.setattr("windward.recipes.arrangement.texts._PIECE", 4)
    rows = pa.table({"id": list(range(40)), "prompt": QUESTIONS, "task": [text[:4] for text in QUESTIONS]})
    folder = tmp_path / "shards"
    folder.mkdir()
    for number, (start, stop) in enumerate(pairwise(CUTS)):
        pq.write_table(rows.slice(start, stop - start), folder / f"{number}.parquet", row_group_size=5)
    pq.write_table(rows, tmp_path / "all.parquet")
    pq.write_table(
        pa.table({"prompt": ["How much is 3 and 1?", "Which fish swim?"]}), tmp_path / "target.parquet"
    )
    return folder, tmp_path / "all.parquet", tmp_path / "target.parquet"


def _arranged(train: Path, target: Path, out: Path, **options: Any) -> pa.Table:
    return pq.read_table(quiet(train, target, out, **options)).replace_schema_metadata()


@pytest.mark.parametrize("method", ["test-centric", "weighted", "coarse", "round-robin", "cluster", "random"])
def test_a_folder_of_shards_is_arranged_as_the_file_of_all_its_rows(
    method: str, given: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    folder, file, target = given
    spread = _arranged(folder, target, tmp_path / "spread.parquet", method=method, budget=17)
    assert spread.equals(_arranged(file, target, tmp_path / "whole.parquet", method=method, budget=17))


def test_equal_rows_of_different_shards_come_in_the_order_of_the_shards(
    given: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    folder, _, target = given
    found = _arranged(folder, target, tmp_path / "out.parquet")
    vectors, aims = embed(QUESTIONS), embed(["How much is 3 and 1?", "Which fish swim?"])
    plan = naive_plan(naive_distances(vectors, aims))
    assert found["id"].to_pylist() == plan.order.tolist()
    assert found["turn"].to_pylist() == plan.turn.tolist()
    for text in set(QUESTIONS):
        ids = [row["id"] for row in found.to_pylist() if row["prompt"] == text]
        assert len(ids) > 1 and ids == sorted(ids)


@pytest.mark.parametrize("start", range(41))
def test_rows_are_read_from_any_place_on(start: int, given: tuple[Path, Path, Path]) -> None:
    folder, _, _ = given
    assert list(Rows(folder).texts().starting(start)) == QUESTIONS[start:]


def test_chunks_that_other_processes_encode_out_of_order_give_the_same_file(
    given: tuple[Path, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _, target = given
    alone = _arranged(folder, target, tmp_path / "alone.parquet", cache=tmp_path / "one")
    asked: list[list[int]] = []

    def elsewhere(path: Path, encoder: str, workers: int) -> Any:
        def spread(chunks: Iterable[NDArray[np.int64]]) -> Iterator[NDArray[np.float32]]:
            work = _Encoding(path.absolute(), encoder, 1)
            asked.extend(places.tolist() for places in chunks)
            rows = [
                {"number": number, "places": np.array(places).tobytes()}
                for number, places in enumerate(asked)
            ]
            return _in_order([work(row) for row in rows[::-1]])

        return spread

    monkeypatch.setattr(arranged_module, "on_ray", elsewhere)
    spread = _arranged(folder, target, tmp_path / "spread.parquet", cache=tmp_path / "many", ray=2)
    assert spread.equals(alone)
    one, many = (sorted((tmp_path / name).glob("*.npy")) for name in ("one", "many"))
    assert [path.name for path in one] == [path.name for path in many]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(one, many, strict=True))
    assert sorted(chain(*asked)) == [QUESTIONS.index(text) for text in dict.fromkeys(QUESTIONS)]


def test_shards_that_differ_and_folders_without_any_are_refused(
    given: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    folder, _, target = given
    pq.write_table(pa.table({"id": ["a"], "prompt": ["b"], "task": ["c"]}), folder / "9.parquet")
    with pytest.raises(
        ArrangeError, match=r"9.parquet has other columns than 0.parquet: id \(int64\), id \(string\)"
    ):
        quiet(folder, target, tmp_path / "out.parquet")
    (tmp_path / "none").mkdir()
    with pytest.raises(ArrangeError, match=r"is a folder without \.parquet files"):
        quiet(tmp_path / "none", target, tmp_path / "out.parquet")
    (folder / "9.parquet").write_bytes(b"no Parquet")
    with pytest.raises(ArrangeError, match=r"9\.parquet cannot be read"):
        quiet(folder, target, tmp_path / "out.parquet")


def test_a_row_that_says_nothing_is_named_by_its_shard(
    given: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    folder, _, target = given
    pq.write_table(pa.table({"id": [0, 1], "prompt": ["b", " "], "task": ["c", "c"]}), folder / "9.parquet")
    with pytest.raises(ArrangeError, match=r"9\.parquet, row 2 says nothing"):
        quiet(folder, target, tmp_path / "out.parquet")


def test_without_ray_it_is_said_what_to_install(
    given: tuple[Path, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    folder, _, target = given
    done = CliRunner().invoke(
        app, ["arrange", str(folder), str(target), "-o", str(tmp_path / "out.parquet"), "--ray", "2"]
    )
    assert done.exit_code == 2
    assert "pip install 'windward[scale]', or leave --ray out" in " ".join(done.output.split())
    assert not (tmp_path / "out.parquet").exists()


@pytest.mark.slow
def test_ray_gives_the_rows_and_turns_of_one_process(given: tuple[Path, Path, Path], tmp_path: Path) -> None:
    ray = pytest.importorskip("ray")
    folder, file, target = given
    alone = _arranged(folder, target, tmp_path / "alone.parquet", budget=17)
    try:
        for train in (folder, file):
            out = tmp_path / f"spread-{train.stem}.parquet"
            assert _arranged(train, target, out, budget=17, ray=2).equals(alone)
    finally:
        ray.shutdown()
