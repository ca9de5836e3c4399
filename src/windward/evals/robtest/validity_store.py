"""The measures of a run's samples on disk, one Parquet file a cell beside its samples, so that none is measured twice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from windward.evals.robtest.dimension import RobTestError
from windward.evals.robtest.rule_based import Cell
from windward.evals.robtest.shards import shard

MEASURES = ("edit_distance", "words_kept", "legible", "similarity", "fluency")
"""Distance and shares in [0, 1] or above, cosine, nats a token; NaN where a sample was not measured."""
_KEY = b"windward.measured"


def write_measures(folder: Path, cell: Cell, key: str, values: Mapping[str, NDArray[np.float64]]) -> Path:
    """Writes what was measured, whole or not at all.

    Args:
        folder: of all measures.
        cell: whose samples.
        key: how they were measured.
        values: figures by measure, [m].
    """
    path = shard(folder, cell.dimension, cell.mode, cell.degree)
    folder.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([(name, pa.float64()) for name in MEASURES], metadata={_KEY: key.encode()})
    temporary = path.with_suffix(".part")
    pq.write_table(pa.table({name: values[name] for name in MEASURES}, schema=schema), temporary)
    temporary.replace(path)
    return path


def read_measures(folder: Path, cell: Cell, key: str) -> dict[str, NDArray[np.float64]] | None:
    """What was measured before in the same way; None where nothing was.

    Raises:
        RobTestError: the file was damaged.
    """
    path = shard(folder, cell.dimension, cell.mode, cell.degree)
    if not path.exists():
        return None
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise RobTestError(
            f"{path} cannot be read ({error}): delete it and run the same command again"
        ) from error
    same = (table.schema.metadata or {}).get(_KEY) == key.encode() and len(table) == len(cell.samples)
    if not same or set(table.column_names) != set(MEASURES):
        return None
    return {name: table[name].to_numpy() for name in MEASURES}
