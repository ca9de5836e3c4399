"""Records in UltraFeedback's public schema: a file that others' tools read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windward.feedback import ASPECTS, read_records, to_ultrafeedback
from windward.feedback.ultrafeedback import TYPED
from windward.recipes.errors import RecipeError
from windward.recipes.feedback.stage import existing

if TYPE_CHECKING:
    import pyarrow as pa

_GROUP = 512


def export(records: Path, out: Path, *, tell: Callable[[str], None] = print) -> Path:
    """Writes records in UltraFeedback's public schema, as JSONL or, where the file is called `.parquet`, as Parquet.

    Args:
        records: file of records, or the folder that holds it.
        out: the file; one that is there is replaced, once the new one is whole.
        tell: shows a line of progress.

    Returns:
        The file.

    Raises:
        RecipeError: there is no such input, or the output has neither ending.
        FeedbackFileError: the input is malformed.
    """
    source = existing(records)
    if out.suffix not in (".jsonl", ".parquet"):
        raise RecipeError(f"{out}: call the file .jsonl or .parquet")
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_suffix(out.suffix + ".part")
    rows = (to_ultrafeedback(record) for record in read_records(source))
    try:
        count = (_write_lines if out.suffix == ".jsonl" else _write_table)(part, rows)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    tell(f"{count:,} rows in UltraFeedback's schema")
    return out


def public_schema() -> pa.Schema:
    """The Parquet columns of the public schema."""
    import pyarrow as pa

    text, texts = pa.string(), pa.list_(pa.string())
    short = [("Rating", text), ("Rationale", text)]
    long = [*short, ("Type", texts), ("Rationale For Rating", text)]
    annotations = [(aspect, pa.struct(long if aspect in TYPED else short)) for aspect in ASPECTS]
    completion = [
        ("model", text),
        ("principle", text),
        ("custom_system_prompt", text),
        ("response", text),
        ("annotations", pa.struct(annotations)),
        ("critique", text),
        ("overall_score", pa.float64()),
        ("fine-grained_score", pa.float64()),
    ]
    return pa.schema(
        [
            ("source", text),
            ("instruction", text),
            ("models", texts),
            ("correct_answers", texts),
            ("incorrect_answers", texts),
            ("completions", pa.list_(pa.struct(completion))),
        ]
    )


def _write_lines(path: Path, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for count, row in enumerate(rows, 1):  # noqa: B007
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return count


def _write_table(path: Path, rows: Iterator[dict[str, Any]]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    count = 0
    schema = public_schema()
    with pq.ParquetWriter(path, schema) as writer:
        while some := list(islice(rows, _GROUP)):
            writer.write_table(pa.Table.from_pylist(some, schema=schema))
            count += len(some)
    return count
