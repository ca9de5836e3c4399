"""Journals of several machines become one: no call is lost, none is there twice, and what was paid is counted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from journal_fakes import Echo, says

from windward.journal import Journal, JournaledModel, JournalError, JournalInUseError, Limits, run_rows
from windward.journal.merging import merge_journals
from windward.journal.summary import summarize
from windward.models import ModelError


async def ask(folder: Path, prompts: list[str], echo: Echo | None = None) -> Echo:
    """Asks each prompt once, as a row of stage `s` with the prompt as its key."""
    echo = echo or Echo()
    with Journal(folder) as journal:
        model = JournaledModel(echo, journal, Limits(max_attempts=1))

        async def fn(row: dict[str, str]) -> str:
            return (await model.generate(says(row["id"]))).text

        rows = [{"id": prompt} for prompt in prompts]
        await run_rows(fn, rows, journal=journal, stage="s", key="id", progress=False)
    return echo


async def test_calls_and_rows_of_all_journals_are_there_and_bought_by_nobody_again(tmp_path: Path) -> None:
    await ask(tmp_path / "a", ["one", "two"])
    await ask(tmp_path / "b", ["three"])
    merged = merge_journals([tmp_path / "a", tmp_path / "b"], tmp_path)
    assert merged == tmp_path / "journal.sqlite"
    summary = summarize(tmp_path)
    assert (summary.total.done, summary.total.attempts, summary.total.tokens) == (3, 3, 45)
    assert [(row.stage, row.done) for row in summary.rows] == [("s", 3)]
    echo = await ask(tmp_path, ["one", "two", "three", "four"])
    assert echo.prompts == ["four"]


async def test_a_call_that_both_bought_is_one_call_and_both_payments_count(tmp_path: Path) -> None:
    await ask(tmp_path / "a", ["same", "one"])
    await ask(tmp_path / "b", ["same"])
    merge_journals([tmp_path / "a", tmp_path / "b"], tmp_path)
    total = summarize(tmp_path).total
    assert (total.done, total.attempts) == (2, 3)


async def test_the_same_attempt_in_a_copied_journal_is_there_once(tmp_path: Path) -> None:
    await ask(tmp_path / "a", ["one"])
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    await ask(tmp_path / "b", ["one", "two"])
    merge_journals([tmp_path / "a", tmp_path / "b", tmp_path / "a"], tmp_path)
    total = summarize(tmp_path).total
    assert (total.done, total.attempts, total.tokens) == (2, 2, 30)


@pytest.mark.parametrize("order", ["ab", "ba"])
async def test_what_failed_in_one_and_was_answered_in_another_is_answered(tmp_path: Path, order: str) -> None:
    def refuses(call: int) -> None:
        raise ModelError("status 404", status=404)

    await ask(tmp_path / "a", ["one"], Echo(trouble=refuses))
    await ask(tmp_path / "b", ["one"])
    merge_journals([tmp_path / name for name in order], tmp_path)
    summary = summarize(tmp_path)
    assert (summary.total.done, summary.total.failed, summary.total.attempts) == (1, 0, 2)
    assert [(row.done, row.failed) for row in summary.rows] == [(1, 0)]
    assert (await ask(tmp_path, ["one"])).calls == 0


async def test_a_journal_in_use_or_not_there_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    await ask(tmp_path / "a", ["one"])
    with Journal(tmp_path / "a"), pytest.raises(JournalInUseError):
        merge_journals([tmp_path / "a"], tmp_path / "out.sqlite")
    with pytest.raises(JournalError, match="there is no journal"):
        merge_journals([tmp_path / "a", tmp_path / "gone"], tmp_path / "out.sqlite")
    assert not (tmp_path / "out.sqlite").exists()


async def test_merging_again_writes_the_same_calls(tmp_path: Path) -> None:
    await ask(tmp_path / "a", ["one"])
    await ask(tmp_path / "b", ["two"])
    for _ in range(2):
        merge_journals([tmp_path / "a", tmp_path / "b"], tmp_path)
    assert summarize(tmp_path).total.attempts == 2
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file() and "shm" not in path.name and "wal" not in path.name) == ["journal.sqlite"]  # fmt: skip
