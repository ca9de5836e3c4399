"""The one result table in which every evaluation ends, and from which every report draws."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA = pa.schema(
    [
        ("system", pa.string()),
        ("model", pa.string()),
        ("dataset", pa.string()),
        ("split", pa.string()),
        ("condition", pa.string()),
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("stderr", pa.float64()),
        ("n", pa.int64()),
        ("unparsed", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Result:
    """One figure.

    Attributes:
        system: the room that measured it (`quickstart`, `mint`, …).
        model: name of the model.
        dataset: dataset or task.
        split: `train`, `test`, `held-out-families`, …
        condition: what it was measured under (turn, feedback, seed, …); JSON on disk.
        metric: e.g. `success_rate`.
        value: the figure; a rate lies in [0, 1].
        stderr: its standard error; None where it has none.
        n: the denominator, unparsed answers included.
        unparsed: answers that could not be read.
    """

    system: str
    model: str
    dataset: str
    split: str
    metric: str
    value: float
    n: int
    condition: dict[str, Any] = field(default_factory=dict)
    stderr: float | None = None
    unparsed: int = 0


def write_results(path: str | Path, results: Iterable[Result]) -> None:
    """Writes the table as Parquet, whole or not at all (a temporary file is renamed)."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    columns: dict[str, list[Any]] = {name: [] for name in SCHEMA.names}
    for result in results:
        for name in SCHEMA.names:
            value = getattr(result, name)
            columns[name].append(json.dumps(value, sort_keys=True) if name == "condition" else value)
    temporary = target.with_suffix(target.suffix + ".part")
    pq.write_table(pa.table(columns, schema=SCHEMA), temporary)
    temporary.replace(target)


def read_results(path: str | Path) -> list[Result]:
    """Reads the table back.

    Raises:
        ValueError: the file is not a result table; the message names what is missing.
    """
    table = pq.read_table(path)
    missing = [name for name in SCHEMA.names if name not in table.column_names]
    if missing:
        raise ValueError(f"{path} is not a result table: columns {missing} are missing")
    return [
        Result(**(row | {"condition": json.loads(row["condition"])}))
        for row in table.select(SCHEMA.names).to_pylist()
    ]


def select(results: Sequence[Result], **wanted: Any) -> list[Result]:
    """The results whose fields equal `wanted`; `condition` matches when it holds all the given keys."""

    def fits(result: Result) -> bool:
        for name, value in wanted.items():
            if name == "condition":
                if any(result.condition.get(key) != val for key, val in value.items()):
                    return False
            elif getattr(result, name) != value:
                return False
        return True

    return [result for result in results if fits(result)]
