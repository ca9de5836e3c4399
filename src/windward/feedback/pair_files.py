"""Preference pairs on disk: Parquet that reward and preference training, `datasets` and TRL read as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windward.feedback.pairs import FeedbackPair
from windward.feedback.parquet import (
    FeedbackFileError,
    ParquetRows,
    parquet_rows,
)

if TYPE_CHECKING:
    import pyarrow as pa


def pair_schema() -> pa.Schema:
    """The Parquet columns of a `FeedbackPair`."""
    import pyarrow as pa

    messages = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
    numbers = {"margin", "score_chosen", "score_rejected"}
    kinds = {
        "prompt": messages,
        "chosen": messages,
        "rejected": messages,
        "never_score": pa.list_(pa.string()),
    }
    kinds |= dict.fromkeys(numbers, pa.float64())
    return pa.schema([(one.name, kinds.get(one.name, pa.string())) for one in fields(FeedbackPair)])


class PairWriter(ParquetRows):
    """Writes pairs to Parquet one after the other, in flat memory; the file appears whole, or not at all.

    Args:
        path: the file; one that is there is replaced.
        limits: of row groups, as `ParquetRows`.
    """

    def __init__(self, path: str | Path, **limits: int) -> None:
        super().__init__(path, pair_schema(), **limits)

    def write(self, pair: FeedbackPair) -> None:
        """Adds a pair."""
        self.write_row(vars(pair))


def read_feedback_pairs(path: str | Path, *, source: str = "") -> Iterator[FeedbackPair]:
    """Preference rows of a Parquet file, one after the other, in flat memory.

    Pairs of trees and of other datasets are read too, in the shapes that TRL reads: `prompt`, `chosen` and `rejected` as
    messages or as texts, or `chosen` and `rejected` as conversations that part at the last message. Without a column
    `margin` only the order is known, and the margin is 0.

    Args:
        path: the file.
        source: of rows that name none.

    Raises:
        FeedbackFileError: the file or a row of it is malformed; names file and row.
    """
    for number, row in enumerate(parquet_rows(Path(path))):
        try:
            yield _pair(row, source)
        except ValueError as error:
            raise FeedbackFileError(f"{path}, row {number}: {error}") from error


def _pair(row: dict[str, Any], source: str) -> FeedbackPair:
    values = {one.name: row[one.name] for one in fields(FeedbackPair) if row.get(one.name) is not None}
    prompt, chosen, rejected = _conversation(row)
    margin = values.get("margin", 0.0)
    if isinstance(margin, bool) or not isinstance(margin, int | float) or not 0 <= margin < float("inf"):
        raise ValueError(f"field margin: expected a number of at least 0, found {margin!r}")
    values.setdefault("chosen_model", row.get("model") or "")
    values.setdefault("provenance", "given")
    return FeedbackPair(
        **{"source": source, **values, "prompt": prompt, "chosen": [chosen], "rejected": [rejected]}
    )


def _conversation(row: dict[str, Any]) -> tuple[list[dict[str, str]], dict[str, str], dict[str, str]]:
    """The prompt, and the two answers to it, of a row in any of the shapes."""
    chosen, rejected = (_messages(row, name, "assistant") for name in ("chosen", "rejected"))
    if len(chosen) == len(rejected) == 1:
        prompt = _messages(row, "prompt", "user")
    else:
        prompt = chosen[:-1]
        if prompt != rejected[:-1]:
            raise ValueError(
                "fields chosen and rejected: expected conversations that part at the last message"
            )
    if not prompt or chosen[-1]["role"] != "assistant" or rejected[-1]["role"] != "assistant":
        raise ValueError("fields chosen and rejected: expected an answer of the assistant's to a prompt")
    return prompt, chosen[-1], rejected[-1]


def _messages(row: dict[str, Any], name: str, role: str) -> list[dict[str, str]]:
    found = row.get(name)
    if isinstance(found, str) and found:
        return [{"role": role, "content": found}]
    if not isinstance(found, list) or not found or not all(_is_message(message) for message in found):
        raise ValueError(f"field {name}: expected a text, or messages with role and content, found {found!r}")
    return [{"role": message["role"], "content": message["content"]} for message in found]


def _is_message(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and isinstance(found.get("role"), str)
        and isinstance(found.get("content"), str)
    )
