"""The files of a build: what each stage of each epoch left, and which problems were drawn; each is readable on its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windward.toolsets.build import Built, Row
from windward.toolsets.parquet_files import read_checked, text_map, text_schema, write_checked
from windward.toolsets.sample import Sampled

if TYPE_CHECKING:
    import pyarrow as pa

STAGES = ("1_solutions", "2_solved", "3_abstractions", "4_valid", "5_kept")
"""Files of an epoch's folder `epoch_N`, as the release numbers them."""
SAMPLED = "sampled.parquet"
_TOOL = ("id", "question", "answer", "solution", "solution_call", "code", "call")
_STATE = ("verdict", "strict", "printed", "why", "environment")


def write_stages(folder: Path, built: Built) -> None:
    """Writes the five files of each epoch.

    Raises:
        ToolsetError: a text cannot be written as UTF-8.
    """
    valid = {row.tool.id: row for row in built.valid}
    for number, kept in enumerate(built.kept.epochs):
        rows = (
            *(built.solutions, built.solved, built.abstractions, built.valid),
            [valid[tool.id] for tool in kept.tools],
        )
        for name, stage in zip(STAGES, rows, strict=True):
            _write(
                folder / f"epoch_{number}" / f"{name}.parquet", (row for row in stage if row.epoch == number)
            )


def read_stage(path: Path) -> list[Row]:
    """The rows of one file of an epoch.

    Raises:
        ToolsetError: it is not there, or no such file.
    """
    rows = []
    for row in read_checked(path, _schema(), "stage of a build"):
        facts = dict(row.pop("facts"))
        tool = {name: row.pop(name) for name in _TOOL}
        rows.append(Row.from_dict(row | {"tool": tool | {"facts": facts}}))
    return rows


def write_sampled(folder: Path, plan: Sequence[Sampled]) -> None:
    """Writes which problem was drawn in which epoch, and how like the earlier ones it is at most."""
    import pyarrow as pa

    from windward.rows.training import write_rows

    schema = pa.schema([("epoch", pa.int64()), ("id", pa.string()), ("similarity", pa.float64())])
    write_rows(folder / SAMPLED, [asdict(one) for one in plan], schema)


def _write(path: Path, rows: Iterable[Row]) -> None:
    flat: list[dict[str, Any]] = []
    for row in rows:
        told = asdict(row)
        tool = told.pop("tool")
        flat.append(told | tool | {"facts": list(tool["facts"].items())})
    write_checked(path, flat, _schema())


def _schema() -> pa.Schema:
    import pyarrow as pa

    return text_schema((*_TOOL, *_STATE), facts=text_map(), epoch=pa.int64(), sample=pa.int64())
