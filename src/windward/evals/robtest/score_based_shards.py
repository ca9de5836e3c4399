"""The attacks of a run on disk: one Parquet file a cell, written whole, so that a killed run goes on with the next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from windward.evals.robtest.perturbed import Edit, Mode, Perturbed
from windward.evals.robtest.score_based import ScoreCell
from windward.evals.robtest.search import Attacked
from windward.evals.robtest.shards import SCHEMA as SAMPLES_SCHEMA
from windward.evals.robtest.shards import read_columns, shard, write_columns

FOLDER = "searches"
"""Of a run."""
SCHEMA = pa.schema(
    [
        *SAMPLES_SCHEMA,
        ("probability", pa.float64()),
        ("broken", pa.bool_()),
        ("queries", pa.int32()),
        ("ended", pa.string()),
    ]
)


def write_score_cell(folder: Path, cell: ScoreCell) -> Path:
    """Writes a cell, whole or not at all."""
    columns: dict[str, list[Any]] = {
        "owner": list(cell.owners),
        "text": [one.best.text for one in cell.attacks],
        "degree": [one.best.degree for one in cell.attacks],
        "edits": [[edit._asdict() for edit in one.best.edits] for one in cell.attacks],
        "probabilities": [list(one.row) for one in cell.attacks],
        "probability": [one.probability for one in cell.attacks],
        "broken": [one.broken for one in cell.attacks],
        "queries": [one.queries for one in cell.attacks],
        "ended": [one.ended for one in cell.attacks],
    }
    return write_columns(shard(folder, cell.dimension, cell.mode, cell.degree), columns, SCHEMA)


def read_score_cell(folder: Path, dimension: str, mode: Mode, degree: float, search: str) -> ScoreCell | None:
    """A stored cell; None where there is none.

    Raises:
        RobTestError: the file was damaged.
    """
    rows = read_columns(shard(folder, dimension, mode, degree), SCHEMA)
    if rows is None:
        return None
    attacks = []
    for place in range(len(rows["owner"])):
        row = {name: column[place] for name, column in rows.items()}
        best = Perturbed(row["text"], tuple(Edit(**edit) for edit in row["edits"]), row["degree"])
        told = (tuple(row["probabilities"]), row["broken"], row["queries"], row["ended"])
        attacks.append(Attacked(best, row["probability"], *told))
    return ScoreCell(dimension, mode, degree, search, tuple(rows["owner"]), tuple(attacks))
