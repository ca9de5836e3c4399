"""The runner: every row ends, none is done twice, and leaving is clean."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from journal_fakes import Echo, says

from windward.journal import Budget, BudgetError, Journal, JournaledModel, Limits, RunStoppedError, run_rows
from windward.journal.summary import summarize
from windward.models import ModelError

ROWS = [{"id": f"r{i}", "n": i} for i in range(20)]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path) as opened:
        yield opened


async def test_outcomes_come_in_the_order_of_the_rows(journal: Journal) -> None:
    async def later_rows_end_first(row: dict[str, Any]) -> int:
        await asyncio.sleep((20 - row["n"]) / 500)
        return int(row["n"]) * 2

    outcomes = await run_rows(later_rows_end_first, ROWS, journal=journal, stage="s", key="id")
    assert [outcome.key for outcome in outcomes] == [row["id"] for row in ROWS]
    assert [outcome.value for outcome in outcomes] == [row["n"] * 2 for row in ROWS]


async def test_one_bad_row_stops_no_other_and_is_tried_again_next_time(tmp_path: Path) -> None:
    ran: list[int] = []

    async def fn(row: dict[str, Any]) -> int:
        ran.append(row["n"])
        if row["n"] == 7 and len(ran) <= 20:
            raise ZeroDivisionError("by zero")
        return 1

    with Journal(tmp_path) as journal:
        outcomes = await run_rows(fn, ROWS, journal=journal, stage="s", key="id")
    assert [outcome.key for outcome in outcomes if not outcome.ok] == ["r7"]
    assert outcomes[7].error == "ZeroDivisionError: by zero"
    with Journal(tmp_path) as journal:
        again = await run_rows(fn, ROWS, journal=journal, stage="s", key="id")
    assert ran[20:] == [7]
    assert all(outcome.ok for outcome in again)
    assert [outcome.stored for outcome in again].count(False) == 1


async def test_a_failed_row_is_listed_with_its_stage_and_why(tmp_path: Path, journal: Journal) -> None:
    async def fn(row: dict[str, Any]) -> None:
        raise ModelError("the endpoint said no")

    await run_rows(fn, ROWS[:1], journal=journal, stage="annotate", key="id")
    listed = summarize(tmp_path).failed[0]
    assert (listed.stage, listed.row, listed.error) == ("annotate", "r0", "the endpoint said no")


async def test_a_row_is_done_again_when_its_content_the_version_or_the_stage_changes(
    journal: Journal,
) -> None:
    ran: list[int] = []

    async def fn(row: dict[str, Any]) -> None:
        ran.append(row["n"])

    async def again(rows: list[dict[str, Any]], stage: str = "s", version: str = "1") -> list[int]:
        ran.clear()
        await run_rows(fn, rows, journal=journal, stage=stage, key="id", version=version)
        return sorted(ran)

    assert await again(ROWS[:3]) == [0, 1, 2]
    assert await again(ROWS[:3]) == []
    assert await again([ROWS[0], {"id": "r1", "n": 100}, ROWS[2]]) == [100]
    assert await again(ROWS[:2], version="2") == [0, 1]
    assert await again(ROWS[:2], stage="t") == [0, 1]


async def test_a_value_is_the_same_the_first_time_and_from_the_journal(journal: Journal) -> None:
    async def fn(row: dict[str, Any]) -> Any:
        return {"pair": (1, 2), "text": "\ud800", 3: None}

    first = await run_rows(fn, ROWS[:1], journal=journal, stage="s", key="id")
    second = await run_rows(fn, ROWS[:1], journal=journal, stage="s", key="id")
    assert first[0].value == second[0].value == {"pair": [1, 2], "text": "\ud800", "3": None}


async def test_a_value_that_json_cannot_hold_is_that_rows_error(journal: Journal) -> None:
    async def fn(row: dict[str, Any]) -> Any:
        return object() if row["n"] == 1 else row["n"]

    outcomes = await run_rows(fn, ROWS[:3], journal=journal, stage="s", key="id")
    assert [outcome.ok for outcome in outcomes] == [True, False, True]
    assert "not JSON serializable" in str(outcomes[1].error)


async def test_rows_may_be_dataclasses_and_keys_functions(journal: Journal) -> None:
    @dataclass
    class Row:
        a: int
        b: int

    async def fn(row: Row) -> int:
        return row.a + row.b

    rows = [Row(1, 2), Row(1, 3)]
    outcomes = await run_rows(fn, rows, journal=journal, stage="s", key=lambda row: f"{row.a}-{row.b}")
    assert [(outcome.key, outcome.value) for outcome in outcomes] == [("1-2", 3), ("1-3", 4)]


async def test_two_rows_of_one_key_are_refused(journal: Journal) -> None:
    with pytest.raises(ValueError, match="rows 0 and 2 have the same key 'r0'"):
        await run_rows(None, [*ROWS[:2], ROWS[0]], journal=journal, stage="s", key="id")  # type: ignore[arg-type]


async def test_no_rows_are_no_outcomes(journal: Journal) -> None:
    assert await run_rows(None, [], journal=journal, stage="s", key="id") == []  # type: ignore[arg-type,misc]


async def test_no_more_rows_are_under_way_than_allowed(journal: Journal) -> None:
    echo = Echo(seconds=0.002)

    async def fn(row: dict[str, Any]) -> None:
        await echo.generate(says("x"))

    await run_rows(fn, ROWS, journal=journal, stage="s", key="id", concurrency=3)
    assert echo.most_at_once == 3


async def test_a_used_up_budget_stops_the_run_and_a_higher_one_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    echo = Echo(seconds=0.001)

    async def run(budget: int) -> int:
        with Journal(tmp_path) as journal:
            model = JournaledModel(echo, journal, Limits(concurrency=4, budget=Budget(calls=budget)))

            async def fn(row: dict[str, Any]) -> str:
                return (await model.generate(says(row["id"]))).text

            outcomes = await run_rows(fn, ROWS, journal=journal, stage="s", key="id")
            return sum(outcome.ok for outcome in outcomes)

    with pytest.raises(BudgetError, match="5 calls"):
        await run(5)
    assert "15 of 20 rows are left; run the same command again" in capsys.readouterr().err
    assert summarize(tmp_path).rows[0].failed == 0
    assert await run(20) == 20
    assert echo.calls == 20


async def test_when_every_row_fails_at_the_endpoint_the_run_stops_early(journal: Journal) -> None:
    ran: list[int] = []

    async def fn(row: dict[str, Any]) -> None:
        ran.append(row["n"])
        raise ModelError("401: no key")

    rows = [{"id": i, "n": i} for i in range(5000)]
    with pytest.raises(
        RunStoppedError, match=r"s: 50 rows in a row failed, the last \(\d+\) with: 401: no key"
    ):
        await run_rows(fn, rows, journal=journal, stage="s", key="id", concurrency=8)
    assert len(ran) < 70


async def test_in_a_log_progress_is_plain_lines(journal: Journal, capsys: pytest.CaptureFixture[str]) -> None:
    model = JournaledModel(Echo(), journal)

    async def fn(row: dict[str, Any]) -> None:
        if row["n"] == 3:
            raise ValueError("x")
        await model.generate(says(row["id"]))

    await run_rows(fn, ROWS[:4], journal=journal, stage="label", key="id")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "label: 0 of 4 rows, 0 calls, 0 tokens"
    assert lines[-1].startswith("label: 4 of 4 rows, 1 failed, ")
    assert lines[-1].endswith("rows/s, 3 calls, 45 tokens, $0.00")
    assert not any("\x1b" in line for line in lines)


LONG_RUN = """
import sys
sys.path.insert(0, sys.argv[2])
from journal_fakes import Echo, says
from windward.journal import Journal, JournaledModel, Limits, run, run_rows
async def main():
    with Journal(sys.argv[1]) as journal:
        model = JournaledModel(Echo(seconds=0.3), journal, Limits(concurrency=4))
        async def fn(row):
            return (await model.generate(says(row["id"]))).text
        rows = [{"id": f"r{i}"} for i in range(400)]
        await run_rows(fn, rows, journal=journal, stage="s", key="id")
run(main())
"""


def test_ctrl_c_stores_the_calls_in_flight_and_says_what_is_left(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LONG_RUN, str(tmp_path), str(Path(__file__).parent)]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: summarize(tmp_path).total.done >= 4, tmp_path)
    time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    _, told = run.communicate(timeout=30)
    summary = summarize(tmp_path)
    assert run.returncode != 0
    assert (summary.running, summary.total.uncertain) == (False, 0)
    assert summary.total.done == summary.total.attempts >= 8  # four more were in flight, and are stored
    assert summary.total.done < 40  # and no new ones were begun
    assert "for 4 calls in flight to be stored" in told
    left = 400 - summary.rows[0].done
    assert f"{left} of 400 rows are left; run the same command again to go on" in told


def test_a_terminal_gets_a_live_bar(tmp_path: Path) -> None:
    code = LONG_RUN.replace("range(400)", "range(6)").replace("seconds=0.3", "seconds=0.05")
    parent, child = os.openpty()
    run = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), str(Path(__file__).parent)],
        stderr=child,
        env=os.environ | {"TERM": "xterm-256color", "COLUMNS": "120"},
    )
    os.close(child)
    shown = b""
    while True:
        try:
            piece = os.read(parent, 4096)
        except OSError:  # Linux says so at the end
            break
        shown += piece
    os.close(parent)
    assert run.wait() == 0
    assert b"6 of 6 rows" in shown
    assert b"\x1b[" in shown


def wait_for(condition: Any, folder: Path, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not ((folder / "journal.sqlite").exists() and _quiet(condition)):
        assert time.monotonic() < end, "the run never got so far"
        time.sleep(0.02)


def _quiet(condition: Any) -> bool:
    from windward.journal import JournalError

    try:
        return bool(condition())
    except JournalError:  # the file is there but not yet a journal
        return False


async def test_calls_are_marked_with_their_stage_and_row(tmp_path: Path, journal: Journal) -> None:
    model = JournaledModel(Echo(), journal)

    async def fn(row: dict[str, Any]) -> None:
        await asyncio.gather(*(model.generate(says(f"{row['id']} {i}")) for i in range(2)))

    await run_rows(fn, ROWS[:2], journal=journal, stage="grow", key="id")
    found = journal._connection.execute("SELECT stage, row, request FROM attempts").fetchall()
    assert sorted((stage, row) for stage, row, _ in found) == [("grow", "r0")] * 2 + [("grow", "r1")] * 2
    assert all(json.loads(request)["messages"][0]["content"].startswith(row) for _, row, request in found)
