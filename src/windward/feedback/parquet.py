"""Rows to and from Parquet one after the other, so that memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from windward.feedback.texts import all_unbroken

if TYPE_CHECKING:
    import pyarrow as pa

GROUP_ROWS, GROUP_CHARACTERS = 512, 4_000_000
"""A row group ends at so many rows or characters of text, whichever comes first: it is what a reader holds at once."""
_BATCH = 64


class FeedbackFileError(ValueError):
    """A file cannot be read; the message says which, where in it, and what was expected."""


class ParquetRows:
    """Writes dicts to a Parquet file, in row groups of bounded size; the file appears whole, or not at all.

    A context manager. What is written goes to a `.part` file beside the target, which takes the target's name when the
    block ends well. The same rows give the same bytes.

    Args:
        path: the file; one that is there is replaced.
        schema: of the rows.
        group_rows: rows of a row group at most.
        group_characters: characters of text in a row group, about, at most.
    """

    def __init__(
        self,
        path: str | Path,
        schema: pa.Schema,
        *,
        group_rows: int = GROUP_ROWS,
        group_characters: int = GROUP_CHARACTERS,
    ) -> None:
        self._path = Path(path)
        self._part = self._path.with_suffix(self._path.suffix + ".part")
        self._schema = schema
        self._limits = group_rows, group_characters
        self._rows: list[dict[str, Any]] = []
        self._characters = 0
        self._writer: Any = None
        self.written = 0

    def __enter__(self) -> Self:
        """Opens the `.part` file."""
        import pyarrow.parquet as pq

        self._writer = pq.ParquetWriter(self._part, self._schema)
        return self

    def write_row(self, row: dict[str, Any]) -> None:
        """Adds a row."""
        characters = _characters(row)
        if self._rows and self._characters + characters > self._limits[1]:
            self._flush()
        self._rows.append(row)
        self._characters += characters
        self.written += 1
        if len(self._rows) >= self._limits[0]:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        try:
            table = pa.Table.from_pylist(self._rows, schema=self._schema)
        except UnicodeEncodeError:
            table = pa.Table.from_pylist(all_unbroken(self._rows), schema=self._schema)
        self._writer.write_table(table)
        self._rows, self._characters = [], 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the file, and gives it its name unless the block failed."""
        try:
            if kind is None and self._rows:
                self._flush()
        except BaseException:
            kind = BaseException
            raise
        finally:
            self._writer.close()
            if kind is None:
                self._part.replace(self._path)
            else:
                self._part.unlink(missing_ok=True)


def parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a Parquet file, a few at a time.

    Raises:
        FeedbackFileError: it cannot be read as Parquet.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                yield from batch.to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise FeedbackFileError(f"{path} cannot be read as Parquet: {error}") from error


def _characters(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return 8
    return sum(len(one) if isinstance(one, str) else _characters(one) for one in value)
