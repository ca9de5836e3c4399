"""`windward runs show` says what a run holds, without disturbing it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from journal_fakes import Echo, says
from typer.testing import CliRunner

from windward.cli import app
from windward.journal import Journal, JournaledModel, Limits, Spend, run_rows
from windward.models import ModelError


async def make_run(folder: Path) -> None:
    """Three rows, one of which fails at its third call; one retried call; one uncertain."""

    def trouble(call: int) -> None:
        if call == 2:
            raise ModelError("busy", retryable=True, status=503)
        if call == 4:
            raise ModelError("bad [red]request[/red]", status=400)

    with Journal(folder) as journal:
        model = JournaledModel(Echo("tiny@host", trouble=trouble), journal, Limits(backoff=0.001))

        async def fn(row: dict[str, Any]) -> str:
            return (await model.generate(says(row["id"]))).text

        rows = [{"id": name} for name in "abc"]
        await run_rows(fn, rows, journal=journal, stage="grow", key="id", concurrency=1, progress=False)
        _, durable = journal.intend("f" * 64, 1, "big@host", "{}", Spend(1, 7, 0.5))
        await durable


def show(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["runs", "show", *map(str, arguments)], env={"COLUMNS": "120"})


async def test_it_counts_calls_by_model_and_stage_and_rows(tmp_path: Path) -> None:
    await make_run(tmp_path)
    told = json.loads(show(tmp_path, "--json").stdout)
    assert told["running"] is False
    assert (told["total"]["done"], told["total"]["failed"], told["total"]["uncertain"]) == (2, 1, 1)
    assert (told["total"]["attempts"], told["total"]["tokens"]) == (5, 30)
    assert [(m["group"], m["done"], m["failed"], m["uncertain"]) for m in told["models"]] == [
        ("tiny@host", 2, 1, 0),
        ("big@host", 0, 0, 1),
    ]
    assert [stage["group"] for stage in told["stages"]] == ["grow", ""]
    assert told["rows"] == [{"stage": "grow", "done": 2, "failed": 1, "unreadable": 0}]


async def test_it_lists_what_failed_and_what_is_uncertain(tmp_path: Path) -> None:
    await make_run(tmp_path)
    text = show(tmp_path, "--failed", "--uncertain").stdout
    assert "row grow/c bad [red]request[/red]" in text
    assert "call grow/c" in text
    assert f"call (no stage)/- {'f' * 12} big@host" in text
    assert "1 attempts were sent by a process that died" in text
    assert "grow/a" not in text


async def test_a_run_that_goes_on_can_be_looked_into(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        _, durable = journal.intend("a" * 64, 1, "m", "{}", Spend(1))
        await durable
        shown = show(tmp_path)
        assert shown.exit_code == 0
        assert "(running)" in shown.stdout
        assert "in flight" in shown.stdout


def test_a_folder_without_a_run_is_said(tmp_path: Path) -> None:
    shown = show(tmp_path / "nothing")
    assert shown.exit_code == 2
    assert "there is no journal at" in shown.stderr


def test_its_help_holds_an_example() -> None:
    assert "Example: windward runs show" in show("--help").stdout
