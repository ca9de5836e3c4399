"""Shards worked on apart and merged are, byte for byte, the run that was not sharded."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import feedback_endpoint
from feedback_rows import Judge, write_instructions, write_some
from windward.evals.folder import FolderError
from windward.feedback import read_records
from windward.journal.summary import summarize
from windward.recipes.errors import RecipeError
from windward.recipes.feedback.configs import AnnotateConfig, Pace, SampleConfig
from windward.recipes.feedback.merged import merge_shards
from windward.recipes.feedback.stages import run_config
from windward.recipes.feedback.stream import Shard


def quiet(line: str) -> None:
    pass


def annotate(source: Path, out: Path, shard: Shard, judge: Judge | None = None, seed: int = 0) -> Path:
    config = AnnotateConfig(source, ("J",), seed=seed)
    return run_config(config, out, Pace(shard=shard), given={"J": judge or Judge()}, tell=quiet)


def shards(tmp_path: Path, source: Path, of: int) -> list[Path]:
    folders = [tmp_path / f"{number}" for number in range(1, of + 1)]
    for number, folder in enumerate(folders, 1):
        annotate(source, folder, Shard(number, of))
    return folders


@pytest.mark.parametrize(("rows", "of"), [(11, 3), (4, 4), (2, 3)])
def test_merged_shards_are_the_whole_run_byte_for_byte(tmp_path: Path, rows: int, of: int) -> None:
    source = write_some(tmp_path / "in.parquet", rows)
    whole = annotate(source, tmp_path / "whole", Shard())
    folders = shards(tmp_path, source, of)
    merged = merge_shards(folders[::-1], tmp_path / "merged", tell=quiet)
    assert merged.read_bytes() == whole.read_bytes()
    ours, theirs = ((tmp_path / name / "run.json").read_text() for name in ("merged", "whole"))
    assert json.loads(ours)["settings"] == json.loads(theirs)["settings"]
    before, after = summarize(tmp_path / "whole"), summarize(tmp_path / "merged")
    assert (after.total.done, after.total.tokens) == (before.total.done, before.total.tokens)
    assert [(row.stage, row.done) for row in after.rows] == [("annotate", rows)]


def test_the_command_of_the_whole_run_goes_on_in_a_merged_folder_and_asks_nothing(tmp_path: Path) -> None:
    source = write_some(tmp_path / "in.parquet", 7)
    merged = merge_shards(shards(tmp_path, source, 2), tmp_path / "merged", tell=quiet).read_bytes()
    judge = Judge()
    assert annotate(source, tmp_path / "merged", Shard(), judge).read_bytes() == merged
    assert judge.calls == 0


def test_draws_do_not_depend_on_the_shard(tmp_path: Path) -> None:
    pool = {name: Judge(name) for name in "abcdef"}
    config = SampleConfig(write_instructions(tmp_path / "in.jsonl", 9), tuple(pool), seed=3)
    whole = run_config(config, tmp_path / "whole", given=pool, tell=quiet)
    part = run_config(config, tmp_path / "part", Pace(shard=Shard(2, 4)), given=pool, tell=quiet)
    assert list(read_records(part)) == list(read_records(whole))[1::4]


def test_shards_of_different_runs_missing_or_twice_are_refused(tmp_path: Path) -> None:
    source = write_some(tmp_path / "in.parquet", 5)
    one, two = shards(tmp_path, source, 2)
    other = tmp_path / "other"
    annotate(source, other, Shard(2, 2), seed=1)
    for folders, why in (
        ([one, other], "different runs .seed: 0 and 1."),
        ([one], "shards 1/2 to 2/2 are needed, each once"),
        ([one, two, two], "each once"),
        ([one, tmp_path], "is no folder of a step"),
    ):
        with pytest.raises(RecipeError, match=why):
            merge_shards(folders, tmp_path / "merged", tell=quiet)
    (two / "records.parquet").unlink()
    with pytest.raises(RecipeError, match="shard 2/2, is not finished"):
        merge_shards([one, two], tmp_path / "merged", tell=quiet)
    write_some(two / "records.parquet", 5)
    with pytest.raises(RecipeError, match="it is not as its run left it"):
        merge_shards([one, two], tmp_path / "merged", tell=quiet)
    assert not (tmp_path / "merged").exists()


def test_shards_are_not_merged_into_another_runs_folder(tmp_path: Path) -> None:
    source = write_some(tmp_path / "in.parquet", 3)
    annotate(source, tmp_path / "out", Shard(), seed=5)
    with pytest.raises(FolderError, match="seed"):
        merge_shards(shards(tmp_path, source, 2), tmp_path / "out", tell=quiet)


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    command = [sys.executable, feedback_endpoint.__file__, str(tmp_path / "served.log"), "0.001"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    yield f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
    server.kill()
    server.wait()


@pytest.mark.slow
def test_ray_makes_what_one_process_makes_byte_for_byte(tmp_path: Path, endpoint: str) -> None:
    ray = pytest.importorskip("ray")
    from windward.recipes.feedback.scale import on_ray

    config = AnnotateConfig(write_some(tmp_path / "in.parquet", 50), (f"J@{endpoint}",))
    whole = run_config(config, tmp_path / "whole", tell=quiet)
    try:
        spread = on_ray(config, tmp_path / "spread", 3, tell=quiet)
        served = (tmp_path / "served.log").read_text()
        assert spread.read_bytes() == whole.read_bytes()
        assert on_ray(config, tmp_path / "spread", 3, tell=quiet).read_bytes() == whole.read_bytes()
    finally:
        ray.shutdown()
    assert (tmp_path / "served.log").read_text() == served  # the second time nothing was asked
    assert summarize(tmp_path / "spread").total.done == summarize(tmp_path / "whole").total.done


@pytest.mark.slow
def test_what_fails_in_a_shard_is_said_and_the_same_call_goes_on(tmp_path: Path) -> None:
    ray = pytest.importorskip("ray")
    from windward.journal import RowsFailedError
    from windward.recipes.feedback.scale import on_ray

    rows = tmp_path / "said.jsonl"
    rows.write_text("")
    config = AnnotateConfig(write_some(tmp_path / "in.parquet", 4), (f"replay:{rows}",))
    try:
        with pytest.raises(RowsFailedError, match=r"2 of 2 shards did not end well \(shard 1/2: 2 of 2 rows"):
            on_ray(config, tmp_path / "out", 2, tell=quiet)
    finally:
        ray.shutdown()
