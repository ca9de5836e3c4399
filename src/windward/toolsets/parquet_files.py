"""Parquet files of this room: written whole or not at all, and read with a check of every column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


class ToolsetError(ValueError):
    """A folder or file that is no toolset's, or tools that cannot be one; the message says what is wrong and where."""


def text_schema(columns: Sequence[str], **others: pa.DataType) -> pa.Schema:
    """Columns of text, then others; none of them may lack a value."""
    import pyarrow as pa

    texts = [pa.field(name, pa.string(), nullable=False) for name in columns]
    return pa.schema([*texts, *(pa.field(name, kind, nullable=False) for name, kind in others.items())])


def text_list() -> pa.DataType:
    """The type of a list of texts, none of them missing."""
    import pyarrow as pa

    return pa.list_(pa.field("item", pa.string(), nullable=False))


def text_map() -> pa.DataType:
    """The type of a mapping from texts to texts; its rows are given and read as lists of pairs."""
    import pyarrow as pa

    return pa.map_(pa.string(), pa.string())


def check_rows(folder: Path, rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> None:
    """Whether rows can be written, before any file is touched.

    Raises:
        ToolsetError: a text cannot be written as UTF-8.
    """
    import pyarrow as pa

    try:
        pa.Table.from_pylist(list(rows), schema=schema)
    except UnicodeEncodeError as error:
        raise ToolsetError(f"{folder}: a text cannot be written as UTF-8: {error}") from error


def write_checked(path: Path, rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> None:
    """Writes one file; its folder is made where it is not there.

    Raises:
        ToolsetError: a text cannot be written as UTF-8.
    """
    from windward.rows.training import write_rows

    check_rows(path.parent, rows, schema)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_rows(path, [dict(row) for row in rows], schema)


def read_checked(path: Path, schema: pa.Schema, holds: str = "toolset") -> list[dict[str, Any]]:
    """The rows of a file, with every column of the schema in its type and no value missing.

    Args:
        path: the file.
        schema: what it must hold; other columns are left out.
        holds: what the file should be, for the message.

    Raises:
        ToolsetError: it cannot be read, or is none of these; the message names column and row.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise ToolsetError(f"{path} cannot be read as Parquet: {error}") from error
    if lacking := sorted(set(schema.names) - set(table.column_names)):
        raise ToolsetError(f"{path} holds no {holds}: columns {', '.join(lacking)} are missing")
    try:
        table = table.select(schema.names).cast(schema)
    except (pa.ArrowException, ValueError) as error:
        raise ToolsetError(f"{path}: a column is not of its type: {error}") from error
    rows: list[dict[str, Any]] = table.to_pylist()
    for number, row in enumerate(rows, 1):
        if empty := [name for name, value in row.items() if value is None]:
            raise ToolsetError(f"{path}, row {number}: {empty[0]} is missing")
    return rows
