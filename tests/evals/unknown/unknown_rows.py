"""Recorded answers that tests write themselves: as a Parquet table, and in the released layout."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def table_row(number: int = 0, **changed: Any) -> dict[str, Any]:
    """A row of a table."""
    return {
        "dataset": "RefuNQ",
        "split": "answerable",
        "question": f"question {number}",
        "references": ["Paris"],
        "response": "Paris",
        "confidence": 1.0,
    } | changed


def write_table(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """The rows as Parquet."""
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


def write_released(folder: Path, kind: str, name: str, rows: Sequence[dict[str, Any]]) -> Path:
    """Rows as one file of the released layout."""
    path = folder / kind / "tiny" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
