"""What a checkpoint showed, as one Parquet file: a line a tested row, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from windward.evals.dynamics.curves import METRICS, DynamicsError, Point

POINTS = "points"
"""The folder of points in that of a measurement: `points/RUN/step-000010.parquet`."""
_NOTE = b"windward.dynamics"


@dataclass(frozen=True, eq=False)
class StoredPoint:
    """A checkpoint's point as it is kept.

    Attributes:
        point: its figures.
        key: hash of all that decides them.
        answers: what was generated, from the first row on; None where a row could not be answered.
    """

    point: Point
    key: str
    answers: tuple[str | None, ...] = ()


def point_file(folder: Path, step: int) -> Path:
    """Where the point of a step is, in the folder of a run's points."""
    return folder / f"step-{step:06}.parquet"


def write_point(path: Path, stored: StoredPoint) -> None:
    """Writes a point, whole or not at all."""
    point = stored.point
    rows = max(len(figures) for figures in point.figures.values())
    columns: dict[str, pa.Array] = {"row": pa.array(np.arange(rows))}
    columns |= {name: pa.array(point.figures[name]) for name in METRICS if name in point.figures}
    if stored.answers:
        answers: Sequence[str | None] = [*stored.answers, *[None] * (rows - len(stored.answers))]
        columns["answer"] = pa.array([_storable(answer) for answer in answers], pa.string())
    note = {
        "step": point.step,
        "rows_seen": point.rows_seen,
        "asked": dict(point.asked),
        "key": stored.key,
        "answers": len(stored.answers),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(path.suffix + ".part")
    pq.write_table(pa.table(columns).replace_schema_metadata({_NOTE: json.dumps(note).encode()}), temporary)
    temporary.replace(path)


def read_point(path: Path) -> StoredPoint:
    """Reads a point back.

    Raises:
        DynamicsError: the file is none.
    """
    try:
        table = pq.read_table(path)
        note = json.loads((table.schema.metadata or {})[_NOTE])
        figures = {
            name: np.asarray(table.column(name).to_numpy(), dtype=np.float64)
            for name in METRICS
            if name in table.column_names
        }
        answers = table.column("answer").to_pylist()[: note["answers"]] if note["answers"] else []
        return StoredPoint(
            Point(note["step"], note["rows_seen"], figures, note["asked"]), note["key"], tuple(answers)
        )
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError) as error:
        raise DynamicsError(
            f"{path} is no stored point ({error!r}): remove it, and it is measured again"
        ) from error


def _storable(text: str | None) -> str | None:
    """A text that can be written as UTF-8: a lone surrogate becomes its escape."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode("utf-8")
