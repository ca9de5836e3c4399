"""Training rows as Parquet that `datasets` and TRL read as they are; provenance in extra columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
_PROVENANCE = [
    ("tree_id", pa.string()),
    ("model", pa.string()),
    ("family", pa.string()),
    ("kind", pa.string()),
    ("seed", pa.int64()),
    ("turn", pa.int64()),
]
_NEVER_SCORE = ("never_score", pa.list_(pa.string()))
SFT_SCHEMA = pa.schema([("messages", MESSAGES), ("node_id", pa.string()), *_PROVENANCE, _NEVER_SCORE])
PAIR_SCHEMA = pa.schema(
    [
        ("prompt", MESSAGES),
        ("chosen", MESSAGES),
        ("rejected", MESSAGES),
        ("chosen_node_id", pa.string()),
        ("rejected_node_id", pa.string()),
        *_PROVENANCE,
        ("rejected_model", pa.string()),
        ("provenance", pa.string()),
        _NEVER_SCORE,
    ]
)

Messages = list[dict[str, str]]
R = TypeVar("R")


@dataclass(frozen=True)
class SftRow:
    """A demonstration: the last message is what is learned.

    `never_score` names benchmarks on which a model trained on this row must not be scored.
    """

    messages: Messages
    node_id: str
    tree_id: str
    model: str
    family: str
    kind: str
    seed: int
    turn: int
    never_score: list[str] = field(default_factory=list)


Provenance = Literal["tree", "augmented"]
"""Where a pair comes from: a turn of a tree, or actions of different turns matched under the instruction alone."""


@dataclass(frozen=True)
class PairRow:
    """A preference: after `prompt`, `chosen` is better than `rejected`.

    `model` wrote what is chosen and `rejected_model` what is rejected; `never_score` is as in `SftRow`. A loss that
    applies to pairs of trees alone (L_DR of Eurus) goes by `provenance`.
    """

    prompt: Messages
    chosen: Messages
    rejected: Messages
    chosen_node_id: str
    rejected_node_id: str
    tree_id: str
    model: str
    family: str
    kind: str
    seed: int
    turn: int
    rejected_model: str = ""
    provenance: Provenance = "tree"
    never_score: list[str] = field(default_factory=list)


def write_sft(path: str | Path, rows: Iterable[SftRow]) -> None:
    """Writes SFT rows, whole or not at all."""
    write_rows(Path(path), [asdict(row) for row in rows], SFT_SCHEMA)


def write_pairs(path: str | Path, rows: Iterable[PairRow]) -> None:
    """Writes preference rows, whole or not at all."""
    write_rows(Path(path), [asdict(row) for row in rows], PAIR_SCHEMA)


def read_sft(path: str | Path) -> list[SftRow]:
    """Reads SFT rows back; columns that an older file lacks are empty.

    Raises:
        ValueError: the file is no Parquet, or lacks a column; the message names it.
    """
    return _read(Path(path), SftRow)


def read_pairs(path: str | Path) -> list[PairRow]:
    """Reads preference rows back, likewise.

    Raises:
        ValueError: as `read_sft`.
    """
    return _read(Path(path), PairRow)


def _read(path: Path, row: type[R]) -> list[R]:
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{path} cannot be read as Parquet: {error}") from error
    known = fields(row)  # type: ignore[arg-type]
    needed = {one.name for one in known if one.default is MISSING and one.default_factory is MISSING}
    if lacking := sorted(needed - set(table.column_names)):
        raise ValueError(f"{path} holds no such rows: columns {', '.join(lacking)} are missing")
    names = [one.name for one in known if one.name in table.column_names]
    return [row(**values) for values in table.select(names).to_pylist()]


def write_rows(target: Path, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
    """Writes rows as Parquet, whole or not at all (a temporary file is renamed)."""
    temporary = target.with_suffix(target.suffix + ".part")
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), temporary)
    temporary.replace(target)
