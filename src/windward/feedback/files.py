"""Records and instructions on disk: Parquet or JSONL, ours or UltraFeedback's, read and written row by row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from windward.feedback.parquet import (
    FeedbackFileError,
    ParquetRows,
    parquet_rows,
)
from windward.feedback.records import Record, record_from_dict
from windward.feedback.texts import listed
from windward.feedback.ultrafeedback import content_id, from_ultrafeedback, is_ultrafeedback

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")


def record_schema() -> pa.Schema:
    """The Parquet columns of a `Record`, nested as its dataclasses are; `checks` is JSON, for its fields are open."""
    import pyarrow as pa

    text, texts = pa.string(), pa.list_(pa.string())
    rating = {
        "aspect": text,
        "value": pa.float64(),
        "absent": text,
        "rationale": text,
        "types": texts,
        "rationale_for_rating": text,
        "judge": text,
        "kind": text,
        "place": pa.int64(),
        "asked": pa.int64(),
    }
    critique = {
        "text": text,
        "score": pa.float64(),
        "absent": text,
        "judge": text,
        "asked": pa.int64(),
        "audit": text,
        "score_before": pa.float64(),
    }
    completion = {
        "model": text,
        "text": text,
        "principle": text,
        "system": text,
        "absent": text,
        "finish": text,
        "ratings": pa.list_(pa.struct(list(rating.items()))),
        "critique": pa.struct(list(critique.items())),
    }
    record = {
        "id": text,
        "source": text,
        "instruction": text,
        "completions": pa.list_(pa.struct(list(completion.items()))),
        "correct_answers": texts,
        "incorrect_answers": texts,
        "checks": text,
        "never_score": texts,
    }
    return pa.schema(list(record.items()))


class RecordWriter(ParquetRows):
    """Writes records to Parquet one after the other, in flat memory; the file appears whole, or not at all.

    Args:
        path: the file; one that is there is replaced.
        limits: of row groups, as `ParquetRows`.
    """

    def __init__(self, path: str | Path, **limits: int) -> None:
        super().__init__(path, record_schema(), **limits)

    def write(self, record: Record) -> None:
        """Adds a record."""
        self.write_row(record.as_dict() | {"checks": json.dumps(record.checks, sort_keys=True)})


def read_records(path: str | Path) -> Iterator[Record]:
    """Records of a Parquet or JSONL file, one after the other, in flat memory.

    Rows may be ours (`Record.as_dict`) or have UltraFeedback's public schema; each row is looked at by itself.

    Raises:
        FeedbackFileError: the file or a row of it is malformed, or an id stands twice; names file and line.
    """
    return _read(Path(path), _record)


def read_instructions(path: str | Path) -> Iterator[Record]:
    """Instructions of a Parquet or JSONL file, as records without completions, one after the other.

    A row has an `instruction` (or `prompt`), and perhaps `id`, `source`, `correct_answers`, `incorrect_answers`, `checks`
    and `never_score`; other fields are left where they are. A row without an id gets one made from source and text.

    Raises:
        FeedbackFileError: as `read_records`.
    """
    return _read(Path(path), _instruction)


def _read(path: Path, convert: Callable[[dict[str, Any]], Record]) -> Iterator[Record]:
    # Digests, not ids: what is remembered of a row should not grow with the length of its id.
    seen: set[int] = set()
    for where, row in file_rows(path):
        try:
            record = convert(row)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise FeedbackFileError(f"{path}, {where}: {error}") from error
        digest = int.from_bytes(blake2b(record.id.encode("utf-8", "replace"), digest_size=8).digest())
        if digest in seen:
            raise FeedbackFileError(
                f"{path}, {where}: id {record.id!r} stands in the file already; give each row its own id (rows without "
                "one get it from their content, so the same content twice is one row too many)"
            )
        seen.add(digest)
        yield record


def file_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each row of a Parquet or JSONL file, with where it stands.

    Raises:
        FeedbackFileError: the file cannot be read, or a line is no JSON object.
    """
    try:
        with path.open("rb") as file:
            parquet = file.read(4) == b"PAR1"
    except OSError as error:
        raise FeedbackFileError(f"{path} cannot be read: {error.strerror}") from error
    if parquet:
        for number, row in enumerate(parquet_rows(path)):
            yield f"row {number}", row
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield f"line {number}", _object(line, f"{path}, line {number}")


def _object(line: bytes, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:  # no UTF-8 is a ValueError too
        raise FeedbackFileError(
            f"{where}: not JSON ({error}); a file is Parquet, or has one JSON object a line"
        ) from error
    if not isinstance(row, dict):
        raise FeedbackFileError(
            f"{where}: a {type(row).__name__}, not an object; write one JSON object a line"
        )
    return row


def _record(row: dict[str, Any]) -> Record:
    if is_ultrafeedback(row):
        return from_ultrafeedback(row)
    for name in ("id", "source", "instruction"):
        _text(row, name)
    return record_from_dict(row | {"checks": _checks(row.get("checks"))})


def _instruction(row: dict[str, Any]) -> Record:
    name = "instruction" if row.get("instruction") is not None else "prompt"
    instruction = _text(row, name)
    source = _text(row, "source") if row.get("source") is not None else "given"
    return Record(
        id=_text(row, "id") if row.get("id") is not None else content_id(source, instruction),
        source=source,
        instruction=instruction,
        correct_answers=listed(row, "correct_answers"),
        incorrect_answers=listed(row, "incorrect_answers"),
        checks=tuple(_checks(row.get("checks"))),
        never_score=listed(row, "never_score"),
    )


def _text(row: dict[str, Any], name: str) -> str:
    found = row.get(name)
    if isinstance(found, int) and not isinstance(found, bool) and name == "id":
        return str(found)
    if not isinstance(found, str) or not found.strip():
        raise ValueError(f"field {name}: expected a text that is not empty, found {found!r}")
    return found


def _checks(found: Any) -> list[dict[str, Any]]:
    """Checks as a list of dicts; in Parquet they are JSON, or structs whose empty fields are no fields."""
    if found is None:
        return []
    if isinstance(found, str):
        found = json.loads(found)
    if not isinstance(found, list | tuple) or not all(
        isinstance(one, dict) and "kind" in one for one in found
    ):
        raise ValueError(f"field checks: expected a list of objects, each with a `kind`, found {found!r}")
    return [{name: value for name, value in one.items() if value is not None} for one in found]
