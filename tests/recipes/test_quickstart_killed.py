"""A quickstart that is killed with -9, again and again, and run again."""

import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from windward.rows import read_results

SCRIPT = Path(__file__).with_name("quickstart_fakes.py")
KILLS = 4


def stored(journal: Path) -> set[str]:
    if not journal.exists():
        return set()
    with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as connection:
        try:
            return {key for (key,) in connection.execute("SELECT key FROM calls WHERE state = 'done'")}
        except sqlite3.OperationalError:  # killed before its tables were there
            return set()


def calls(log: Path) -> list[tuple[int, str]]:
    if not log.exists():
        return []
    return [(int(pid), key) for pid, key in (line.split() for line in log.read_text().splitlines())]


def test_a_killed_run_buys_no_stored_reply_twice_and_ends_as_an_unkilled_one(tmp_path):
    out, log = tmp_path / "run", tmp_path / "calls.log"
    draw = random.Random(5)
    known: dict[int, set[str]] = {}
    command = [sys.executable, str(SCRIPT), str(out), str(log)]
    for _ in range(KILLS):
        before = stored(out / "journal.sqlite")
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        known[process.pid] = before
        bought = len(calls(log))
        deadline = time.monotonic() + 60
        wanted = bought + draw.randint(3, 20)
        while len(calls(log)) < wanted and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(draw.random() * 0.3)
        process.kill()
        process.wait()
    before = stored(out / "journal.sqlite")
    last = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    known[last.pid] = before
    _, errors = last.communicate(timeout=120)
    assert last.returncode == 0, errors
    for pid, key in calls(log):
        assert key not in known[pid], "a stored reply was bought again"
    assert {key for _, key in calls(log)} == stored(out / "journal.sqlite")
    unkilled = tmp_path / "unkilled"
    subprocess.run(
        [sys.executable, str(SCRIPT), str(unkilled), str(tmp_path / "other.log")], check=True, timeout=120
    )
    assert read_results(out / "results.parquet") == read_results(unkilled / "results.parquet")
    assert (out / "trees.jsonl").read_bytes() == (unkilled / "trees.jsonl").read_bytes()
