"""Rows that are tested, out of a file: messages whose last is the answer, or a prompt and its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from windward.evals.dynamics.curves import DynamicsError, TestRow
from windward.models import Message
from windward.rows.arranged import ANSWERS, PROMPTS
from windward.training.conversations import RowError
from windward.training.examples import messages_of

TASK = "task"
ALL = "all"
"""What the rows of all tasks together are called."""


def read_tests(path: Path, task_column: str | None = None) -> tuple[TestRow, ...]:
    """Reads tested rows, in the order of the file.

    Args:
        path: Parquet, or JSON with an object a line, with `messages`, of which the last is the assistant's and the right
            answer; or with a prompt and an answer, texts under one of the names `PROMPTS` and `ANSWERS`.
        task_column: the column that names a row's task; None is `task` where there is one, and one task called `all` where
            there is none.

    Raises:
        DynamicsError: the file or a row of it is malformed; the message names file, row (from 1) and field.
    """
    rows = _rows(path)
    if not rows:
        raise DynamicsError(f"{path} holds no rows")
    named = task_column or (TASK if any(TASK in row for row in rows) else None)
    tests = []
    for number, row in enumerate(rows, 1):
        try:
            prompt, answer = _exchange(row)
            tests.append(TestRow(prompt, answer, ALL if named is None else _task(row, named)))
        except RowError as error:
            raise DynamicsError(f"{path}, row {number}, {error}") from error
    tasks = {test.task for test in tests}
    if ALL in tasks and len(tasks) > 1:
        raise DynamicsError(
            f"{path}: a task is called {ALL!r}, as the rows of all tasks together are; give it another name"
        )
    return tuple(tests)


def _rows(path: Path) -> list[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise DynamicsError(f"{path}: there is no such file; give Parquet or JSON lines")
    if path.suffix == ".parquet":
        try:
            found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        except (pa.ArrowException, OSError) as error:
            raise DynamicsError(f"{path} cannot be read as Parquet: {error}") from error
        return found
    if path.suffix not in (".jsonl", ".json"):
        raise DynamicsError(f"{path}: give a .parquet or .jsonl file")
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise DynamicsError(f"{path} is not UTF-8 text ({error}); save it as UTF-8") from error
    return [_object(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise DynamicsError(f"{where} is not JSON ({error}); write one object a line") from error
    if not isinstance(row, dict):
        raise DynamicsError(f"{where} is a {type(row).__name__}; write one object a line")
    return row


def _exchange(row: Mapping[str, Any]) -> tuple[tuple[Message, ...], str]:
    """The messages before the answer, and the answer."""
    if row.get("messages") is not None:
        messages = messages_of(dict(row), "messages")
        if len(messages) < 2 or messages[-1]["role"] != "assistant":
            raise RowError("field messages: the last message must be the assistant's answer to those before")
        return tuple(messages[:-1]), messages[-1]["content"]
    asked = next((name for name in PROMPTS if row.get(name)), None)
    answered = next((name for name in ANSWERS if row.get(name)), None)
    if asked is None or answered is None:
        raise RowError(
            f"field messages is missing, and so is {'a prompt' if asked is None else 'an answer'} (one of "
            f"{', '.join(PROMPTS if asked is None else ANSWERS)}); found {', '.join(row)}"
        )
    return (Message(role="user", content=_text(row, asked)),), _text(row, answered)


def _text(row: Mapping[str, Any], name: str) -> str:
    if not isinstance(row[name], str) or not row[name].strip():
        raise RowError(f"field {name}: expected a text that is not empty, found {row[name]!r}")
    return str(row[name])


def _task(row: Mapping[str, Any], name: str) -> str:
    found = row.get(name)
    if isinstance(found, bool) or not isinstance(found, str | int) or not str(found).strip():
        raise RowError(f"field {name}: expected the name of a task, found {found!r}")
    return str(found)
