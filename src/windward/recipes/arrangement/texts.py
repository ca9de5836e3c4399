"""What a row says, as one text: that by which it is near to a target. Rows lie in a file, or in a folder of Parquet shards."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.json
import pyarrow.parquet as pq
from numpy.typing import NDArray

from windward.rows.arranged import ANSWERS, PROMPTS

_PIECE = 2048
"""Rows that are read at a time."""


class ArrangeError(ValueError):
    """Rows that cannot be arranged; the message says which file, what is wrong and what to do."""


class Rows:
    """The rows of a Parquet or JSON-lines file, or of a folder's Parquet files one after the other by name.

    Parquet is read a piece at a time, whenever rows are asked for, and never held whole.

    Args:
        path: a file that ends in .parquet, .jsonl or .json, or a folder.

    Attributes:
        path: as given.
        schema: the columns, the same in all files, and the metadata of the first.

    Raises:
        ArrangeError: there is no such file, it cannot be read, holds no rows, or a shard has other columns than the first.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._table: pa.Table | None = None
        if path.is_dir():
            files = sorted(path.glob("*.parquet"))
            if not files:
                raise ArrangeError(
                    f"{path} is a folder without .parquet files; give a file, or a folder of shards"
                )
        elif path.is_file() and path.suffix in (".parquet", ".jsonl", ".json"):
            files = [path]
        elif path.is_file():
            raise ArrangeError(f"{path}: give a .parquet or .jsonl file, or a folder of .parquet files")
        else:
            raise ArrangeError(f"{path}: there is no such file; give Parquet or JSON lines")
        self._files = [(file, *self._head(file)) for file in files]
        self.schema: pa.Schema = self._files[0][2]
        for file, _, schema in self._files:
            if not schema.equals(self.schema):
                fields = [{f"{field.name} ({field.type})" for field in one} for one in (schema, self.schema)]
                odd = ", ".join(sorted(fields[0] ^ fields[1])) or "the same in another order"
                raise ArrangeError(
                    f"{file} has other columns than {files[0].name}: {odd}; write all shards alike"
                )
        if not len(self):
            raise ArrangeError(f"{path} holds no rows")

    def __len__(self) -> int:
        return sum(count for _, count, _ in self._files)

    def pieces(
        self, columns: Sequence[str] | None = None, start: int = 0
    ) -> Iterator[tuple[Path, int, pa.Table]]:
        """The rows from place `start` on, 2,048 at most at a time, with their file and the place of the first in that file.

        Args:
            columns: which; None: all.
            start: place of the first row among all.

        Raises:
            ArrangeError: a file cannot be read.
        """
        before = 0
        for file, count, _ in self._files:
            at = max(0, start - before)
            before += count
            if at < count and self._table is not None:
                table = self._table if columns is None else self._table.select(columns)
                for place in range(at, count, _PIECE):
                    yield file, place, table.slice(place, _PIECE)
            elif at < count:
                yield from _read(file, columns, at)

    def texts(self) -> Texts:
        """All that each row says."""
        return Texts(self)

    def prompts(self) -> list[str]:
        """What each row asks, without the answer: the contents before a last assistant message, else `text`, else the prompt.

        A row that asks nothing is known by all that it says.

        Raises:
            ArrangeError: a row says nothing.
        """
        return [_asked(row) or text for row, text in self.said()]

    def said(self, start: int = 0) -> Iterator[tuple[Mapping[str, Any], str]]:
        """Each row from place `start` on, its columns of text alone, and what it says.

        Raises:
            ArrangeError: there is no such column, or a row says nothing.
        """
        columns = [name for name in ("messages", "text", *PROMPTS, *ANSWERS) if name in self.schema.names]
        needed = f"it needs messages, text, or one of {', '.join(PROMPTS)} (there are {_told(self.schema)})"
        if not columns:
            raise ArrangeError(f"{self.path} says nothing: {needed}")
        for file, first, table in self.pieces(columns, start):
            for number, row in enumerate(table.to_pylist(), first + 1):
                text = _text(row)
                if not text.strip():
                    raise ArrangeError(f"{file}, row {number} says nothing: {needed}")
                yield row, text

    def tasks(self, column: str) -> list[str]:
        """The task of each row, out of a column.

        Raises:
            ArrangeError: there is no such column, it holds lists or records, or a row names no task.
        """
        if column not in self.schema.names:
            raise ArrangeError(
                f"{self.path} has no column {column!r} to tell the tasks by; there are {_told(self.schema)}: name one of them "
                "with --task-column"
            )
        if pa.types.is_nested(kind := self.schema.field(column).type):
            raise ArrangeError(f"{self.path}, column {column!r} holds no names but {kind}")
        found = []
        for file, first, table in self.pieces([column]):
            for number, task in enumerate(table[column].to_pylist(), first + 1):
                if task is None or task == "":
                    raise ArrangeError(
                        f"{file}, row {number} has no task in column {column!r}: fill it, or leave the row out"
                    )
                found.append(str(task))
        return found

    def take(self, places: NDArray[np.int64]) -> pa.Table:
        """The rows at these places, in this order; only they are held.

        Raises:
            ArrangeError: a file cannot be read.
        """
        rising, before, parts = np.sort(places), 0, []
        for _, _, table in self.pieces():
            low, high = np.searchsorted(rising, [before, before + len(table)])
            if low < high:
                parts.append(table.take(pa.array(rising[low:high] - before)))
            before += len(table)
        return pa.concat_tables(parts).take(pa.array(np.searchsorted(rising, places)))

    def _head(self, file: Path) -> tuple[int, pa.Schema]:
        """Rows and columns of a file."""
        try:
            if file.suffix == ".parquet":
                with pq.ParquetFile(file) as opened:
                    return opened.metadata.num_rows, opened.schema_arrow
            self._table = pyarrow.json.read_json(file)
            return len(self._table), self._table.schema
        except (pa.ArrowException, OSError) as error:
            raise ArrangeError(f"{file} cannot be read: {error}") from error


class Texts(Collection[str]):
    """All that each row says, prompt and answer with a blank line between; read again whenever it is gone through."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[str]:
        return self.starting(0)

    def __contains__(self, text: object) -> bool:
        return any(one == text for one in self)

    def starting(self, at: int) -> Iterator[str]:
        """Those from place `at` on."""
        return (text for _, text in self._rows.said(at))


def _read(file: Path, columns: Sequence[str] | None, at: int) -> Iterator[tuple[Path, int, pa.Table]]:
    """Pieces of a Parquet file from row `at` on; row groups before it are not read."""
    try:
        with pq.ParquetFile(file) as opened:
            groups = range(opened.num_row_groups)
            ends = np.cumsum([opened.metadata.row_group(group).num_rows for group in groups])
            group = int(np.searchsorted(ends, at, side="right"))
            place = int(ends[group - 1]) if group else 0
            for batch in opened.iter_batches(_PIECE, row_groups=groups[group:], columns=columns):
                skipped = max(0, at - place)
                if skipped < len(batch):
                    yield file, place + skipped, pa.Table.from_batches([batch.slice(skipped)])
                place += len(batch)
    except (pa.ArrowException, OSError) as error:
        raise ArrangeError(f"{file} cannot be read: {error}") from error


def _told(schema: pa.Schema) -> str:
    return ", ".join(schema.names)


def _text(row: Mapping[str, Any]) -> str:
    if isinstance(row.get("messages"), list):
        return "\n\n".join(content for _, content in _contents(row))
    if isinstance(row.get("text"), str):
        return str(row["text"])
    return "\n\n".join(part for part in (_first(row, PROMPTS), _first(row, ANSWERS)) if part)


def _asked(row: Mapping[str, Any]) -> str:
    if isinstance(row.get("messages"), list):
        said = _contents(row)
        return "\n\n".join(
            content for _, content in (said[:-1] if said and said[-1][0] == "assistant" else said)
        )
    return str(row["text"]) if isinstance(row.get("text"), str) else _first(row, PROMPTS)


def _contents(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Role and content of each message."""
    said = [one for one in row["messages"] if isinstance(one, Mapping)]
    return [(str(one.get("role") or ""), str(one.get("content") or "")) for one in said]


def _first(row: Mapping[str, Any], names: Sequence[str]) -> str:
    """The first of these columns that is filled, as text."""
    part = next((row[name] for name in names if row.get(name)), "")
    return part if isinstance(part, str) else json.dumps(part, ensure_ascii=False)
