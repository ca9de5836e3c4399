"""kill -9 in the middle of annotating: the same command goes on, and no stored reply is bought again."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import feedback_endpoint
from feedback_rows import Judge, write_some
from windward.feedback import read_records
from windward.recipes.feedback.configs import AnnotateConfig
from windward.recipes.feedback.stages import run_config

ROWS, SLOTS = 40, 8


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    command = [sys.executable, feedback_endpoint.__file__, str(tmp_path / "served.log"), "0.02"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    yield f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
    server.kill()
    server.wait()


def start(tmp_path: Path, source: Path, url: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "windward", "feedback", "annotate", str(source), "--judge", f"J@{url}", "--concurrency", str(SLOTS),
               "--out", str(tmp_path / "out")]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def lines(tmp_path: Path, what: str) -> Counter[str]:
    """Calls by model, words and temperature that the endpoint was asked, or served."""
    log = (tmp_path / "served.log").read_text().splitlines() if (tmp_path / "served.log").exists() else []
    return Counter(line.removeprefix(what) for line in log if line.startswith(what))


def stored(folder: Path) -> Counter[str]:
    with closing(sqlite3.connect(folder / "journal.sqlite")) as journal:
        return Counter(state for (state,) in journal.execute("SELECT state FROM attempts"))


def test_a_killed_annotation_goes_on_and_buys_no_stored_reply_twice(tmp_path: Path, endpoint: str) -> None:
    source = write_some(tmp_path / "in.parquet", ROWS)
    run = start(tmp_path, source, endpoint)
    while lines(tmp_path, "served ").total() < 60 and run.poll() is None:
        time.sleep(0.005)
    run.kill()
    assert run.wait() == -9, run.stdout and run.stdout.read()
    assert not (tmp_path / "out" / "records.parquet").exists()
    told, _ = start(tmp_path, source, endpoint).communicate(timeout=120)
    assert "results: " in told, told

    attempts = stored(tmp_path / "out")
    served = lines(tmp_path, "served ")
    assert attempts["failed"] == attempts["intent"] == 0
    assert attempts["uncertain"] <= SLOTS
    # Each reply is stored once; what was served beyond that was in flight when its process was killed.
    assert len(served) == attempts["done"]
    assert served.total() <= attempts["done"] + attempts["uncertain"]

    whole = AnnotateConfig(source, ("J",))
    judge = Judge("J@127.0.0.1")
    expected = run_config(whole, tmp_path / "whole", given={"J": judge}, tell=lambda line: None)
    assert (tmp_path / "out" / "records.parquet").read_bytes() == expected.read_bytes()
    assert len(list(read_records(expected))) == ROWS
    print(
        f"{attempts['done']} replies, {attempts['uncertain']} uncertain, {served.total() - len(served)} served twice"
    )
