"""kill -9 in the middle of a build, twice: the same command goes on, buys no stored reply again, and ends with the same library."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import toolset_build_endpoint

PROBLEMS = 60


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    command = [sys.executable, toolset_build_endpoint.__file__, str(tmp_path / "served.log"), "0.2"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    yield f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
    server.kill()
    server.wait()


@pytest.fixture
def problems(tmp_path: Path) -> Path:
    path = tmp_path / "sums.jsonl"
    rows = [{"id": str(n), "question": f"What is {n} + {n * 7 % 13}?", "answer": str(n + n * 7 % 13)} for n in range(PROBLEMS)]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def start(problems: Path, url: str, out: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "windward", "toolset", "build", str(problems), "--model", "m", "--base-url", url, "--out", str(out)]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def served(tmp_path: Path) -> list[tuple[str, str]]:
    """What each reply was for, and its hash, in order."""
    path = tmp_path / "served.log"
    lines = path.read_text().splitlines() if path.exists() else []
    return [(kind, digest) for kind, digest in map(str.split, lines)]


@pytest.mark.slow
def test_a_build_that_is_killed_twice_buys_no_stored_reply_again_and_ends_in_the_same_bytes(
    tmp_path: Path, problems: Path, endpoint: str
) -> None:
    out, whole = tmp_path / "out", tmp_path / "whole"
    for kind, least in (("call", 5), ("abstraction", 3)):
        run = start(problems, endpoint, out)
        while sum(one == kind for one, _ in served(tmp_path)) < least and run.poll() is None:
            time.sleep(0.005)
        run.kill()
        assert run.wait() == -9, run.stdout and run.stdout.read()
        assert not (out / "tools.parquet").exists()
    told, _ = start(problems, endpoint, out).communicate(timeout=300)
    assert "results: " in told, told

    with closing(sqlite3.connect(out / "journal.sqlite")) as journal:
        attempts = Counter(state for (state,) in journal.execute("SELECT state FROM attempts"))
    replies = Counter(digest for _, digest in served(tmp_path))
    assert attempts["failed"] == attempts["intent"] == 0
    assert 0 < attempts["uncertain"] <= 2 * 64
    # Each reply is stored once; what was served beyond that was in flight when its process was killed.
    assert len(replies) == attempts["done"]
    assert replies.total() <= attempts["done"] + attempts["uncertain"]

    told, _ = start(problems, endpoint, whole).communicate(timeout=300)
    assert "results: " in told, told
    names = ["tools.parquet", "decisions.parquet", "steps.parquet", "results.parquet"]
    names += [f"epoch_0/{path.name}" for path in (whole / "epoch_0").iterdir()]
    assert len(names) == 9
    for name in names:
        assert (out / name).read_bytes() == (whole / name).read_bytes(), name
    print(
        f"{attempts['done']} replies, {attempts['uncertain']} uncertain, {replies.total() - len(replies)} served twice"
    )
