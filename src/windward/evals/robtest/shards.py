"""The samples of a run on disk: one Parquet file a cell, written whole, so that a killed run goes on with the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from windward.evals.robtest.dimension import RobTestError
from windward.evals.robtest.perturbed import Edit, Mode, Perturbed
from windward.evals.robtest.rule_based import Cell

_EDITS = pa.list_(pa.struct([("start", pa.int32()), ("end", pa.int32()), ("after", pa.string())]))
SCHEMA = pa.schema(
    [
        ("owner", pa.int32()),
        ("text", pa.string()),
        ("degree", pa.float64()),
        ("edits", _EDITS),
        ("probabilities", pa.list_(pa.float64())),
    ]
)


def shard(folder: Path, dimension: str, mode: Mode, degree: float) -> Path:
    """Where a cell lies."""
    return folder / f"{dimension}-{mode}-{degree:g}.parquet"


def write_cell(folder: Path, cell: Cell) -> Path:
    """Writes a cell, whole or not at all."""
    columns = {
        "owner": cell.owners.tolist(),
        "text": [sample.text for sample in cell.samples],
        "degree": [sample.degree for sample in cell.samples],
        "edits": [[edit._asdict() for edit in sample.edits] for sample in cell.samples],
        "probabilities": cell.probabilities.tolist(),
    }
    return write_columns(shard(folder, cell.dimension, cell.mode, cell.degree), columns, SCHEMA)


def read_cell(folder: Path, dimension: str, mode: Mode, degree: float, wanted: int) -> Cell | None:
    """A stored cell; None where there is none.

    Raises:
        RobTestError: the file was damaged.
    """
    rows = read_columns(shard(folder, dimension, mode, degree), SCHEMA)
    if rows is None:
        return None
    samples = tuple(
        Perturbed(text, tuple(Edit(**edit) for edit in edits), degree)
        for text, edits, degree in zip(rows["text"], rows["edits"], rows["degree"], strict=True)
    )
    owners = np.array(rows["owner"], dtype=np.intp)
    return Cell(dimension, mode, degree, wanted, owners, samples, np.array(rows["probabilities"]))


def write_columns(path: Path, columns: Mapping[str, Sequence[Any]], schema: pa.Schema) -> Path:
    """Writes a table, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".part")
    pq.write_table(pa.table(dict(columns), schema=schema), temporary)
    temporary.replace(path)
    return path


def read_columns(path: Path, schema: pa.Schema) -> dict[str, list[Any]] | None:
    """A stored table; None where there is none.

    Raises:
        RobTestError: the file was damaged.
    """
    if not path.exists():
        return None
    try:
        columns: dict[str, list[Any]] = pq.read_table(path, schema=schema).to_pydict()
    except (pa.ArrowException, OSError) as error:
        raise RobTestError(
            f"{path} cannot be read ({error}): delete it and run the same command again"
        ) from error
    return columns
