"""What the file promises: on disk before it is sent, on disk before it is read, and never lost."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from journal_fakes import Echo, says

from windward.journal import (
    Journal,
    JournaledModel,
    JournalError,
    JournalFullError,
    JournalInUseError,
    Limits,
    Spend,
    UncertainCallError,
    call_key,
)
from windward.journal.store import RowOutcome
from windward.models import Message, ModelError, Reply, Sampling, Usage


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path) as opened:
        yield opened


def states(folder: Path) -> list[str]:
    """Attempts as another process sees them on disk."""
    with closing(sqlite3.connect(f"file:{folder}/journal.sqlite?mode=ro", uri=True)) as connection:
        return [row[0] for row in connection.execute("SELECT state FROM attempts ORDER BY id")]


def run_python(code: str, *args: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


async def test_a_call_is_on_disk_before_it_is_sent_and_its_reply_before_it_is_handed_on(
    tmp_path: Path, journal: Journal
) -> None:
    seen: list[list[str]] = []
    model = JournaledModel(Echo(trouble=lambda call: seen.append(states(tmp_path))), journal)
    reply = await model.generate(says("a"))
    assert reply.text == "A"
    assert seen == [["intent"]]
    assert states(tmp_path) == ["done"]


async def test_commits_wait_for_the_disk(journal: Journal) -> None:
    pragma = journal._connection.execute
    assert pragma("PRAGMA synchronous").fetchone()[0] == 2  # FULL
    assert pragma("PRAGMA journal_mode").fetchone()[0] == "wal"


async def test_a_stored_reply_is_not_bought_again_and_comes_back_whole(tmp_path: Path) -> None:
    class Rich(Echo):
        async def generate(
            self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
        ) -> Reply:
            self.calls += 1
            raw = {"id": "x", "nested": [1, None, "\ud800"]}
            return Reply("lone \ud800 \x00 é", "length", Usage(3, 4, 0.5), (-0.1, -2.0), "m-2026", raw)

    replies = []
    echo = Rich()
    for _ in range(2):
        with Journal(tmp_path) as journal:
            replies.append(await JournaledModel(echo, journal).generate(says("a")))
    assert echo.calls == 1
    assert replies[0] == replies[1]


async def test_another_sample_is_another_call(journal: Journal) -> None:
    echo = Echo()
    model = JournaledModel(echo, journal)
    for sample in (0, 1, 0, 1):
        await model.generate(says("a"), Sampling(temperature=1.0), sample=sample)
    assert echo.calls == 2


async def test_the_same_call_in_flight_twice_is_bought_once(journal: Journal) -> None:
    echo = Echo(seconds=0.02)
    model = JournaledModel(echo, journal)
    replies = await asyncio.gather(*(model.generate(says("a")) for _ in range(20)))
    assert echo.calls == 1
    assert {reply.text for reply in replies} == {"A"}


async def test_one_who_is_cancelled_does_not_take_the_reply_from_the_others(
    tmp_path: Path, journal: Journal
) -> None:
    model = JournaledModel(Echo(seconds=0.05), journal)
    first = asyncio.create_task(model.generate(says("a")))
    second = asyncio.create_task(model.generate(says("a")))
    await asyncio.sleep(0.02)
    first.cancel()
    assert (await second).text == "A"


async def test_a_call_that_was_sent_is_stored_even_if_nobody_waits_for_it(
    tmp_path: Path, journal: Journal
) -> None:
    model = JournaledModel(Echo(seconds=0.05), journal)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(model.generate(says("a")), 0.03)
    assert await journal.drain(5) == 0
    assert states(tmp_path) == ["done"]


async def test_a_call_that_was_not_sent_and_nobody_wants_is_not_sent(journal: Journal) -> None:
    echo = Echo(seconds=0.05)
    model = JournaledModel(echo, journal, Limits(concurrency=1))
    kept = asyncio.create_task(model.generate(says("a")))
    await asyncio.sleep(0.01)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(model.generate(says("b")), 0.01)
    await kept
    await asyncio.sleep(0.1)
    assert echo.prompts == ["a"]
    assert not journal.flights


async def test_every_attempt_is_kept_with_its_error_status_and_raw_body(journal: Journal) -> None:
    def trouble(call: int) -> None:
        if call == 1:
            raise ModelError("server failed", retryable=True, status=500, raw="<html>")
        if call == 2:
            raise ModelError("no JSON", retryable=True, status=200, raw='{"half":')

    model = JournaledModel(Echo(trouble=trouble), journal, Limits(backoff=0.001))
    await model.generate(says("a"))
    rows = journal._connection.execute("SELECT number, state, status, error, raw FROM attempts").fetchall()
    assert rows[:2] == [
        (1, "failed", 500, "server failed", "<html>"),
        (2, "failed", 200, "no JSON", '{"half":'),
    ]
    assert rows[2][:2] == (3, "done")


async def test_what_failed_for_good_is_tried_again_by_the_next_run(tmp_path: Path) -> None:
    def trouble(call: int) -> None:
        if call == 1:
            raise ModelError("bad key", status=401)

    echo = Echo(trouble=trouble)
    with Journal(tmp_path) as journal:
        with pytest.raises(ModelError, match="bad key"):
            await JournaledModel(echo, journal).generate(says("a"))
    with Journal(tmp_path) as journal:
        assert (await JournaledModel(echo, journal).generate(says("a"))).text == "A"
    assert states(tmp_path) == ["failed", "done"]


async def test_a_model_that_breaks_leaves_a_failure_not_an_uncertain_call(
    tmp_path: Path, journal: Journal
) -> None:
    def trouble(call: int) -> None:
        raise KeyError("choices")

    with pytest.raises(KeyError):
        await JournaledModel(Echo(trouble=trouble), journal).generate(says("a"))
    assert states(tmp_path) == ["failed"]


DIES_IN_FLIGHT = """
import asyncio, os, signal, sys
from windward.journal import Journal, JournaledModel
class Dies:
    name = "echo"
    async def generate(self, messages, sampling=None, *, sample=0):
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(JournaledModel(Dies(), Journal(sys.argv[1])).generate([{"role": "user", "content": "a"}]))
"""


async def test_a_call_whose_process_died_is_listed_as_uncertain_and_sent_again(tmp_path: Path) -> None:
    run_python(DIES_IN_FLIGHT, tmp_path)
    assert states(tmp_path) == ["intent"]
    with Journal(tmp_path) as journal:
        assert states(tmp_path) == ["uncertain"]
        await JournaledModel(Echo(), journal).generate(says("a"))
    assert states(tmp_path) == ["uncertain", "done"]


async def test_with_hold_an_uncertain_call_is_not_sent_again(tmp_path: Path) -> None:
    run_python(DIES_IN_FLIGHT, tmp_path)
    echo = Echo()
    with Journal(tmp_path) as journal:
        with pytest.raises(UncertainCallError, match=r"may have been paid.*uncertain='retry'"):
            await JournaledModel(echo, journal, uncertain="hold").generate(says("a"))
        assert echo.calls == 0
        await JournaledModel(echo, journal, uncertain="hold").generate(says("b"))


async def test_a_journal_goes_on_over_several_event_loops(tmp_path: Path) -> None:
    code = """
import asyncio, sys
sys.path.insert(0, sys.argv[2])
from journal_fakes import Echo, says
from windward.journal import Journal, JournaledModel, Limits
with Journal(sys.argv[1]) as journal:
    model = JournaledModel(Echo(seconds=0.01), journal, Limits(concurrency=2))
    async def several(name):
        return [r.text for r in await asyncio.gather(*(model.generate(says(f"{name}{i}")) for i in range(8)))]
    async def left_in_the_middle():
        asyncio.create_task(several("c"))
        await asyncio.sleep(0.015)
    asyncio.run(several("a"))
    asyncio.run(left_in_the_middle())
    asyncio.run(several("b"))
    print(asyncio.run(several("c")) == [f"C{i}" for i in range(8)])
"""
    run = run_python(code, tmp_path, Path(__file__).parent)
    assert (run.stdout, run.stderr) == ("True\n", "")


def test_a_second_process_is_refused_and_told_who_holds_the_journal(tmp_path: Path, journal: Journal) -> None:
    run = run_python("import sys; from windward.journal import Journal; Journal(sys.argv[1])", tmp_path)
    assert "JournalInUseError" in run.stderr
    assert f"in use by process {os.getpid()}" in run.stderr


def test_a_second_journal_object_of_one_process_is_refused(tmp_path: Path, journal: Journal) -> None:
    with pytest.raises(JournalInUseError, match="already open in this process"):
        Journal(tmp_path)
    assert (
        "JournalInUseError"
        in run_python(
            "import sys; from windward.journal import Journal; Journal(sys.argv[1])", tmp_path
        ).stderr
    )  # the refusal did not drop the first one's lock


def test_a_closed_journal_can_be_opened_again_and_leaves_one_file(tmp_path: Path) -> None:
    for _ in range(2):
        Journal(tmp_path).close()
    assert [path.name for path in tmp_path.iterdir()] == ["journal.sqlite"]


def test_a_forked_child_does_not_keep_a_dead_runs_journal_closed(tmp_path: Path) -> None:
    code = """
import os, signal, subprocess, sys, time
from windward.journal import Journal
journal = Journal(sys.argv[1])
if os.fork() == 0:
    os.close(1), os.close(2)
    time.sleep(3)
    os._exit(0)
os.kill(os.getpid(), signal.SIGKILL)
"""
    run_python(code, tmp_path)
    Journal(tmp_path).close()


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to look at" * 50, b"SQLite format 3\x00" * 300]
)
def test_a_file_that_is_no_journal_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(content)
    with pytest.raises(JournalError, match=r"damaged or no journal.*move it away"):
        Journal(tmp_path)
    assert path.read_bytes() == content
    assert [file.name for file in tmp_path.iterdir()] == ["journal.sqlite"]


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as other:
        other.execute("CREATE TABLE theirs (x)")
    with pytest.raises(JournalError, match="another program"):
        Journal(tmp_path)


def test_a_journal_of_another_version_is_refused(tmp_path: Path) -> None:
    Journal(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as newer:
        newer.execute("PRAGMA user_version=99")
    with pytest.raises(JournalError, match="format 99"):
        Journal(tmp_path)


async def test_a_damaged_journal_is_refused(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        model = JournaledModel(Echo(), journal)
        await asyncio.gather(*(model.generate(says("x" * 900 + str(i))) for i in range(50)))
    path = tmp_path / "journal.sqlite"
    content = bytearray(path.read_bytes())
    content[4096 * 5 : 4096 * 20] = b"\xa5" * (4096 * 15)
    path.write_bytes(content)
    with pytest.raises(JournalError, match=r"damaged.*\.recover"):
        Journal(tmp_path)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot make the folder"):
        Journal(tmp_path / "file" / "run")


async def test_on_a_full_disk_nothing_more_is_sent_and_nothing_stored_is_lost(tmp_path: Path) -> None:
    echo = Echo()
    with Journal(tmp_path) as journal:
        model = JournaledModel(echo, journal)
        await model.generate(says("first"))
        pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
        journal._connection.execute(f"PRAGMA max_page_count={pages + 8}")
        with pytest.raises(JournalFullError, match="free some space and run the same command again"):
            for number in range(1000):
                await model.generate(says(f"{number} " + "x" * 2000))
        sent = echo.calls
        with pytest.raises(JournalFullError):
            await model.generate(says("y" * 20000))
        assert echo.calls == sent
    stored = states(tmp_path)
    assert stored.count("done") >= sent - 1  # the reply that no longer fitted, at most
    with Journal(tmp_path) as journal:
        model = JournaledModel(echo, journal)
        await model.generate(says("first"))
        assert echo.calls == sent
        await model.generate(says("last"))
        assert echo.calls == sent + 1


async def test_on_a_full_disk_replies_are_stored_even_where_intents_no_longer_fit(
    tmp_path: Path, journal: Journal
) -> None:
    attempt, sent = journal.intend("a" * 64, 1, "m", "{}", Spend(1, 1))
    await sent
    pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._connection.execute(f"PRAGMA max_page_count={pages}")
    _, intent = journal.intend("b" * 64, 1, "m", "x" * 50_000, Spend(1, 1))
    reply = journal.settle(attempt, Reply("paid"), Usage())  # in the same transaction, but for its size
    await reply
    with pytest.raises(JournalFullError):
        await intent
    assert states(tmp_path) == ["done"]


async def test_the_journal_can_be_read_by_key(journal: Journal) -> None:
    await JournaledModel(Echo(), journal).generate(says("a"))
    stored = journal.find(call_key("echo", says("a"), Sampling()))
    assert stored is not None
    assert (stored.state, stored.number) == ("done", 1)
    assert journal.find("0" * 64) is None


async def test_of_a_stage_only_the_rows_asked_for_are_read(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        for row in ("a", "b", "c"):
            await journal.save_outcome("s", row, "1", row * 2, RowOutcome("done", "1"))
        assert set(journal.outcomes("s", "1")) == {"a", "b", "c"}
        assert {row: digest for row, (digest, _) in journal.outcomes("s", "1", ["c", "gone"]).items()} == {
            "c": "cc"
        }
