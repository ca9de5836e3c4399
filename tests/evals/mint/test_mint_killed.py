"""A live run that is killed with -9, again and again, and started again."""

import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import mint_policies as fakes

from windward.evals.mint.live import RUNS
from windward.evals.mint.record import read_runs
from windward.rows import read_results

SCRIPT = Path(__file__).with_name("mint_killed_run.py")
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
    return [(int(pid), key) for pid, key in (line.split() for line in log.read_text().splitlines())]


def test_a_killed_run_buys_no_stored_reply_twice_and_ends_in_the_same_table(tmp_path):
    data, out, log = fakes.write_problems(tmp_path / "data"), tmp_path / "run", tmp_path / "calls.log"
    log.touch()
    command = [sys.executable, str(SCRIPT), str(data), str(out), str(log)]
    draw, known = random.Random(3), {}
    for _ in range(KILLS):
        before, bought = stored(out / "journal.sqlite"), len(calls(log))
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        known[process.pid] = before
        wanted, deadline = bought + draw.randint(2, 7), time.monotonic() + 60
        while len(calls(log)) < wanted and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(draw.random() * 0.1)
        process.kill()
        process.wait()
    before = stored(out / "journal.sqlite")
    last = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    known[last.pid] = before
    _, errors = last.communicate(timeout=120)
    assert last.returncode == 0, errors
    assert len({pid for pid, _ in calls(log)}) > 2, "no kill came while there was work"
    for pid, key in calls(log):
        assert key not in known[pid], "a stored reply was bought again"
    assert {key for _, key in calls(log)} == stored(out / "journal.sqlite"), "an observation changed"
    unkilled = tmp_path / "unkilled"
    command = [sys.executable, str(SCRIPT), str(data), str(unkilled), str(tmp_path / "other.log")]
    subprocess.run(command, check=True, timeout=120, stderr=subprocess.DEVNULL)
    assert read_results(out / "results.parquet") == read_results(unkilled / "results.parquet")
    assert [r.run for r in read_runs(out / RUNS)] == [r.run for r in read_runs(unkilled / RUNS)]
    assert all(record.run.solved_at == 3 for record in read_runs(out / RUNS))
