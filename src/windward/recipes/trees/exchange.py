"""`windward trees export` and `import`: our rows to the files of UltraInteract's schemas, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from windward.rows import read_pairs, read_sft, write_pairs, write_sft
from windward.rows.training import write_rows
from windward.trees import (
    SchemaError,
    from_ultrainteract_pairs,
    from_ultrainteract_sft,
    to_ultrainteract_pairs,
    to_ultrainteract_sft,
)
from windward.trees.ultrainteract import PAIR_KEYS, SFT_KEYS

SFT_FILE, PAIR_FILE = "ultrainteract_sft.parquet", "ultrainteract_pair.parquet"
_TURNS = pa.list_(pa.struct([("from", pa.string()), ("value", pa.string())]))


def export_ultrainteract(folder: Path, out: Path, *, tell: Callable[[str], None] = print) -> Path:
    """Writes `sft.parquet` and `pairs.parquet` of a folder in UltraInteract's schemas.

    Args:
        folder: of `windward trees`.
        out: folder of the files; made if it is not there.
        tell: shows a line of progress.

    Returns:
        The folder of the files.

    Raises:
        SchemaError: the folder holds neither file, or one cannot be read.
    """
    sft, pairs = folder / "sft.parquet", folder / "pairs.parquet"
    if not sft.is_file() and not pairs.is_file():
        raise SchemaError(
            f"{folder} holds neither sft.parquet nor pairs.parquet: give the --out of windward trees"
        )
    out.mkdir(parents=True, exist_ok=True)
    try:
        if sft.is_file():
            rows = to_ultrainteract_sft(read_sft(sft))
            _write(out / SFT_FILE, rows, SFT_KEYS)
            tell(f"{len(rows):,} rows: {out / SFT_FILE}")
        if pairs.is_file():
            rows = to_ultrainteract_pairs(read_pairs(pairs))
            _write(out / PAIR_FILE, rows, PAIR_KEYS)
            tell(f"{len(rows):,} rows: {out / PAIR_FILE}")
    except ValueError as error:
        raise SchemaError(str(error)) from error
    return out


def import_ultrainteract(file: Path, out: Path, *, tell: Callable[[str], None] = print) -> Path:
    """Reads a file of either schema (Parquet, JSONL or JSON) into rows to train on.

    Args:
        file: what to read.
        out: folder of `sft.parquet` or `pairs.parquet`; made if it is not there.
        tell: shows a line of progress.

    Returns:
        The file of the rows.

    Raises:
        SchemaError: the file is not there, cannot be read, or holds rows of neither schema.
    """
    found = _rows(file)
    try:
        if found and "trajectory" in found[0]:
            pairs = from_ultrainteract_pairs(found)
            target = out / "pairs.parquet"
            out.mkdir(parents=True, exist_ok=True)
            write_pairs(target, pairs)
        else:
            sft = from_ultrainteract_sft(found)
            target = out / "sft.parquet"
            out.mkdir(parents=True, exist_ok=True)
            write_sft(target, sft)
    except SchemaError as error:
        raise SchemaError(f"{file}, {error}") from error
    tell(f"{len(found):,} rows: {target}")
    return target


def _write(target: Path, rows: list[dict[str, Any]], keys: Sequence[str]) -> None:
    """Their keys, and the stamp where some row has one."""
    types = [(key, _TURNS if key == "trajectory" else pa.string()) for key in keys]
    if any(row["never_score"] for row in rows):
        types.append(("never_score", pa.list_(pa.string())))
    names = [name for name, _ in types]
    write_rows(target, [{name: row[name] for name in names} for row in rows], pa.schema(types))


def _rows(file: Path) -> list[dict[str, Any]]:
    if not file.is_file():
        raise SchemaError(f"{file} is not there: name a file of UltraInteract (Parquet, JSONL or JSON)")
    try:
        if file.suffix == ".parquet":
            rows = pq.read_table(file).to_pylist()
        elif file.suffix == ".jsonl":
            with file.open("rb") as lines:  # texts may hold characters that look like line ends
                rows = [json.loads(line.decode("utf-8")) for line in lines if line.strip()]
        else:
            rows = json.loads(file.read_text(encoding="utf-8"))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SchemaError(f"{file} cannot be read: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SchemaError(f"{file} holds no rows: expected a list of objects")
    if not rows:
        raise SchemaError(f"{file} holds no rows")
    return rows
