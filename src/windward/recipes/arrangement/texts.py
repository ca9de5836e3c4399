"""What a row says, as one text: that by which it is near to a target."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.json
import pyarrow.parquet as pq

PROMPTS = ("prompt", "problem", "question", "instruction", "inputs")
ANSWERS = ("answer", "solution", "response", "completion", "output", "targets")


class ArrangeError(ValueError):
    """Rows that cannot be arranged; the message says which file, what is wrong and what to do."""


def read_table(path: Path) -> pa.Table:
    """Reads Parquet or JSON lines.

    Raises:
        ArrangeError: there is no such file, or it is neither.
    """
    if not path.is_file():
        raise ArrangeError(f"{path}: there is no such file; give Parquet or JSON lines")
    try:
        if path.suffix == ".parquet":
            return pq.read_table(path)
        if path.suffix in (".jsonl", ".json"):
            return pyarrow.json.read_json(path)
    except (pa.ArrowException, OSError) as error:
        raise ArrangeError(f"{path} cannot be read: {error}") from error
    raise ArrangeError(f"{path}: give a .parquet or .jsonl file")


def texts_of(rows: pa.Table, path: Path) -> list[str]:
    """Prompt and answer of each row, a blank line between: of `messages` all contents, else `text`, else a prompt with its answer.

    Raises:
        ArrangeError: there is no such column, or a row says nothing.
    """
    if not len(rows):
        raise ArrangeError(f"{path} holds no rows")
    found = [_text(row) for row in rows.to_pylist()]
    for number, text in enumerate(found, 1):
        if not text.strip():
            raise ArrangeError(
                f"{path}, row {number} says nothing: it needs messages, text, or one of {', '.join(PROMPTS)} (there are "
                f"{', '.join(rows.column_names)})"
            )
    return found


def prompts_of(rows: pa.Table, path: Path) -> list[str]:
    """What each row asks, without the answer: the contents before a last assistant message, else `text`, else the prompt.

    A row that asks nothing is known by all that it says.

    Raises:
        ArrangeError: as `texts_of`.
    """
    whole = texts_of(rows, path)
    return [_asked(row) or text for row, text in zip(rows.to_pylist(), whole, strict=True)]


def tasks_of(rows: pa.Table, column: str, path: Path) -> list[str]:
    """The task of each row, out of a column.

    Raises:
        ArrangeError: there is no such column, it holds lists or records, or a row names no task.
    """
    if column not in rows.column_names:
        raise ArrangeError(
            f"{path} has no column {column!r} to tell the tasks by; there are {', '.join(rows.column_names)}: name one of them "
            "with --task-column"
        )
    if pa.types.is_nested(rows.schema.field(column).type):
        raise ArrangeError(f"{path}, column {column!r} holds no names but {rows.schema.field(column).type}")
    found = rows[column].to_pylist()
    for number, task in enumerate(found, 1):
        if task is None or task == "":
            raise ArrangeError(
                f"{path}, row {number} has no task in column {column!r}: fill it, or leave the row out"
            )
    return [str(task) for task in found]


def _text(row: Mapping[str, Any]) -> str:
    if isinstance(row.get("messages"), list):
        return "\n\n".join(content for _, content in _contents(row))
    if isinstance(row.get("text"), str):
        return str(row["text"])
    return "\n\n".join(part for part in (_first(row, PROMPTS), _first(row, ANSWERS)) if part)


def _asked(row: Mapping[str, Any]) -> str:
    if isinstance(row.get("messages"), list):
        said = _contents(row)
        return "\n\n".join(
            content for _, content in (said[:-1] if said and said[-1][0] == "assistant" else said)
        )
    return str(row["text"]) if isinstance(row.get("text"), str) else _first(row, PROMPTS)


def _contents(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Role and content of each message."""
    said = [one for one in row["messages"] if isinstance(one, Mapping)]
    return [(str(one.get("role") or ""), str(one.get("content") or "")) for one in said]


def _first(row: Mapping[str, Any], names: Sequence[str]) -> str:
    """The first of these columns that is filled, as text."""
    part = next((row[name] for name in names if row.get(name)), "")
    return part if isinstance(part, str) else json.dumps(part, ensure_ascii=False)
