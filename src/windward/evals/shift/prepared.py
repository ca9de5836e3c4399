"""Splits as Parquet: one form a kind of example, which `load` and `datasets` read back as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from windward.evals.shift.task import Example, Kind, ShiftError
from windward.rows.labelled import Labelled
from windward.rows.questions import Question
from windward.rows.tagged import Tagged

_MARK = b"windward.shift"
_TYPES: dict[Kind, Any] = {
    "classification": Labelled,
    "tagging": Tagged,
    "questions": Question,
}


def write_prepared(path: Path, examples: Sequence[Example], kind: Kind) -> None:
    """Writes examples as Parquet, whole or not at all: a column a field, the kind in the file's own description.

    Raises:
        ShiftError: an example is of another kind.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    strange = next((one for one in examples if not isinstance(one, _TYPES[kind])), None)
    if strange is not None:
        raise ShiftError(f"{path}: a {type(strange).__name__} is no example of {kind}")
    schema = _schema(kind)
    columns = {name: [asdict(one)[name] for one in examples] for name in schema.names}
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(path.suffix + ".part")
    pq.write_table(pa.table(columns, schema=schema), temporary)
    temporary.replace(path)


def prepared_rows(path: Path) -> list[Example] | None:
    """The examples of a file that `write_prepared` made; None for every other file.

    Raises:
        ShiftError: it says that it is one, and does not hold what one holds.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.suffix != ".parquet":
        return None
    try:
        found = (pq.read_schema(path).metadata or {}).get(_MARK)
        if found is None:
            return None
        table = pq.read_table(path)
        make = next(make for kind, make in _TYPES.items() if kind == found.decode())
        rows: list[dict[str, Any]] = table.to_pylist()
        lists = {name for name in table.column_names if pa.types.is_list(table.schema.field(name).type)}
        return [
            make(**{name: tuple(value) if name in lists else value for name, value in row.items()})
            for row in rows
        ]
    except (pa.ArrowException, OSError, StopIteration, TypeError, ValueError) as error:
        raise ShiftError(f"{path} cannot be read as a prepared split: {error!r}") from error


def _schema(kind: Kind) -> Any:
    import pyarrow as pa

    text = pa.string()
    columns = {
        "classification": [("id", text), ("text", text), ("label", pa.int64()), ("second", text)],
        "tagging": [("id", text), ("words", pa.list_(text)), ("tags", pa.list_(text))],
        "questions": [
            ("id", text),
            ("context", text),
            ("question", text),
            ("answers", pa.list_(text)),
            ("starts", pa.list_(pa.int64())),
        ],
    }[kind]
    return pa.schema(columns, metadata={_MARK: kind.encode()})
