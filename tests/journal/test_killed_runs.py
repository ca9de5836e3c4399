"""kill -9 at random points, against an endpoint that fails a fifth of its calls: nothing stored is lost or bought twice."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from mock_endpoint import answer

from windward.journal.summary import summarize

KILLS, SLOTS, ROWS = 20, 16, 1000

RUN = f"""
import sys
from windward.journal import Journal, JournaledModel, Limits, run, run_rows
from windward.models import OpenAICompatible
async def main(folder, url):
    with Journal(folder) as journal:
        limits = Limits(concurrency={SLOTS}, backoff=0.005, max_attempts=30)
        model = JournaledModel(OpenAICompatible("m", base_url=url), journal, limits)
        async def fn(row):
            return (await model.generate([{{"role": "user", "content": row["id"]}}])).text
        rows = [{{"id": f"row-{{i}}"}} for i in range({ROWS})]
        outcomes = await run_rows(fn, rows, journal=journal, stage="s", key="id", progress=False)
        print(sum(outcome.ok for outcome in outcomes))
run(main(*sys.argv[1:]))
"""


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    script = Path(__file__).with_name("mock_endpoint.py")
    command = [sys.executable, str(script), str(tmp_path / "served.log"), "0.2", "0.01"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    yield f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
    server.kill()
    server.wait()


def start(folder: Path, url: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", RUN, str(folder), url], stdout=subprocess.PIPE, text=True)


def log_size(tmp_path: Path) -> int:
    path = tmp_path / "served.log"
    return path.stat().st_size if path.exists() else 0


def kill_after(run: subprocess.Popen[str], tmp_path: Path, lines: int, seconds: float) -> None:
    """Kills the run once the endpoint has logged so many more lines, and a random moment later."""
    target = log_size(tmp_path) + lines * len("served row-1000\n")
    while log_size(tmp_path) < target and run.poll() is None:
        time.sleep(0.001)
    time.sleep(seconds)
    run.kill()
    assert run.wait() == -9, "the run ended before it could be killed"


def test_a_run_killed_twenty_times_buys_no_stored_reply_twice(tmp_path: Path, endpoint: str) -> None:
    folder = tmp_path / "run"
    rng = random.Random(20)
    lost_so_far = 0
    for _ in range(KILLS):
        run = start(folder, endpoint)
        kill_after(run, tmp_path, rng.randrange(0, 90), rng.uniform(0, 0.02))
        lost = summarize(folder).total.lost if (folder / "journal.sqlite").exists() else 0
        assert lost - lost_so_far <= SLOTS
        lost_so_far = lost
    told, _ = start(folder, endpoint).communicate(timeout=60)
    assert told.strip() == str(ROWS)

    with closing(sqlite3.connect(folder / "journal.sqlite")) as journal:
        values = dict(journal.execute("SELECT row, value FROM outcomes WHERE state = 'done'").fetchall())
        attempts = journal.execute(
            "SELECT json_extract(request, '$.messages[0].content'), state FROM attempts"
        )
        of_row: dict[str, Counter[str]] = {}
        for prompt, state in attempts:
            of_row.setdefault(prompt, Counter())[state] += 1
    log = [line.split() for line in (tmp_path / "served.log").read_text().splitlines()]
    asked = Counter(prompt for what, prompt in log if what == "asked")
    served = Counter(prompt for what, prompt in log if what == "served")

    # Every row is there, valid, and with one stored reply.
    assert values == {f"row-{i}": json.dumps(answer(f"row-{i}")) for i in range(ROWS)}
    assert all(states["done"] == 1 and states["intent"] == 0 for states in of_row.values())
    # What was served is stored once; more of it only where a kill left an attempt uncertain, and that is listed.
    for prompt, states in of_row.items():
        assert 1 <= served[prompt] <= 1 + states["uncertain"], prompt
        # Everything that was sent is in the journal, and nothing was sent without it.
        assert states.total() - states["uncertain"] <= asked[prompt] <= states.total(), prompt
    assert sum(states["failed"] for states in of_row.values()) > ROWS / 8  # the faults did happen
    assert 0 < lost_so_far <= KILLS * SLOTS
    print(
        f"{KILLS} kills, {lost_so_far} uncertain, {served.total() - ROWS} of {served.total()} replies bought twice"
    )
