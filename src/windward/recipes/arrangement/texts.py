"""What a row says, as one text: that by which it is near to a target."""

from __future__ import annotations

import json
from collections.abc import Mapping
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


def _text(row: Mapping[str, Any]) -> str:
    if isinstance(row.get("messages"), list):
        return "\n\n".join(
            str(one.get("content") or "") for one in row["messages"] if isinstance(one, Mapping)
        )
    if isinstance(row.get("text"), str):
        return str(row["text"])
    parts = [next((row[name] for name in names if row.get(name)), "") for names in (PROMPTS, ANSWERS)]
    return "\n\n".join(
        part if isinstance(part, str) else json.dumps(part, ensure_ascii=False) for part in parts if part
    )
