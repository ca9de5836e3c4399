"""What a checkpoint must not be scored on: rows name benchmarks, and checkpoints trained on them inherit the names."""

from __future__ import annotations

import json
from pathlib import Path

RECORD = "training.json"
COLUMN = "never_score"


def never_score(path: str | Path) -> frozenset[str]:
    """Benchmarks that a checkpoint has seen problems of, by its `training.json` (lower case).

    Empty for what is no folder (a model on the hub) and for a checkpoint without such a record.

    Args:
        path: the checkpoint folder.

    Raises:
        ValueError: the record is damaged, so nobody knows.
    """
    record = Path(path).expanduser() / RECORD
    if not record.is_file():
        return frozenset()
    try:
        stored = json.loads(record.read_text(encoding="utf-8")).get(COLUMN, [])
        return frozenset(name.lower() for name in stored)
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(
            f"{record} is damaged ({error!r}), so it is not known what this checkpoint must not be scored on: train "
            "it again, or put the record right"
        ) from error


def stamped_rows(path: str | Path) -> frozenset[str]:
    """Benchmarks that rows name in their column `never_score`; empty without one."""
    import pyarrow.parquet as pq

    if COLUMN not in pq.read_schema(path).names:
        return frozenset()
    named = pq.read_table(path, columns=[COLUMN]).column(COLUMN).to_pylist()
    return frozenset(name.lower() for names in named for name in names or ())
