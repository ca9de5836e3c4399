"""Preference pairs to be judged: files in the forms that are met, each row a prompt, a better and a worse answer.

{"prompt": "What is 2 + 2?", "chosen": "4", "rejected": "5", "subset": "sums"}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windward.evals.data import DataError
from windward.evals.reasoning.files import hub_rows, read_rows
from windward.models import Message

SOURCES = ("subset", "source", "family", "task", "dataset", "provenance")
"""Columns that say where a pair comes from; the first that a file has."""
_ROLES = ("system", "user", "assistant")


@dataclass(frozen=True)
class JudgedPair:
    """Two answers to one prompt, of which the first is known to be better.

    Attributes:
        id: of the pair, unique in its file.
        prompt: the messages before the answer.
        chosen: the better answer.
        rejected: the worse one.
        source: where it comes from; empty where the file does not say.
    """

    id: str
    prompt: tuple[Message, ...]
    chosen: str
    rejected: str
    source: str = ""

    def conversations(self) -> tuple[list[Message], list[Message]]:
        """What a scorer reads: prompt and better answer, prompt and worse answer."""
        return (
            [*self.prompt, Message(role="assistant", content=self.chosen)],
            [*self.prompt, Message(role="assistant", content=self.rejected)],
        )


def read_judged(source: str, *, by: str | None = None, split: str = "train") -> list[JudgedPair]:
    """The pairs of a file (Parquet, JSONL or JSON), a folder of such, or a data set on the hub.

    `prompt` is a text or messages; `chosen` and `rejected` are texts or messages, of which the last is meant. Without
    `prompt`, both hold the whole conversation, as many public data sets have it.

    Args:
        source: a path, or a name on the hub.
        by: the column that says where a pair comes from; None takes the first of `SOURCES` that is there.
        split: of a data set on the hub.

    Raises:
        DataError: it is not there, or a row is malformed; the message says which and what.
    """
    rows = read_rows(Path(source)) if Path(source).exists() else hub_rows(source, split)
    if by is not None and by not in rows[0]:
        raise DataError(f"{source} has no column {by!r}; it has {', '.join(rows[0])}")
    column = by or next((name for name in SOURCES if name in rows[0]), None)
    return [_pair(row, number, column, f"{source}, row {number}") for number, row in enumerate(rows)]


def messages_of(value: object, where: str) -> tuple[Message, ...]:
    """A prompt as messages: a text is the user's one.

    Raises:
        DataError: it is neither a text nor messages.
    """
    if isinstance(value, str) and value:
        return (Message(role="user", content=value),)
    if not isinstance(value, list) or not value:
        raise DataError(f"{where}: expected a text or messages, found {value!r:.80}")
    found = []
    for message in value:
        if (
            not isinstance(message, dict)
            or message.get("role") not in _ROLES
            or not isinstance(message.get("content"), str)
        ):
            raise DataError(
                f"{where}: a message needs role ({', '.join(_ROLES)}) and content, found {message!r:.80}"
            )
        found.append(Message(role=message["role"], content=message["content"]))
    return tuple(found)


def _pair(row: dict[str, Any], number: int, column: str | None, where: str) -> JudgedPair:
    lacking = [name for name in ("chosen", "rejected") if not row.get(name)]
    if lacking:
        raise DataError(f"{where}: {' and '.join(lacking)} is missing or empty")
    if row.get("prompt"):
        prompt = messages_of(row["prompt"], f"{where}, prompt")
        chosen, rejected = (_answer(row[name], f"{where}, {name}") for name in ("chosen", "rejected"))
    else:
        prompt, chosen, rejected = _whole(row, where)
    source = row.get(column) if column is not None else None
    named = row.get("id") if isinstance(row.get("id"), str | int) else None
    return JudgedPair(
        str(number) if named is None else f"{number}:{named}",
        prompt,
        chosen,
        rejected,
        "" if source is None else str(source),
    )


def _answer(value: object, where: str) -> str:
    return value if isinstance(value, str) else _assistant(messages_of(value, where), where)


def _assistant(messages: Sequence[Message], where: str) -> str:
    if messages[-1]["role"] != "assistant":
        raise DataError(f"{where}: the last message must be the assistant's")
    return messages[-1]["content"]


def _whole(row: dict[str, Any], where: str) -> tuple[tuple[Message, ...], str, str]:
    if isinstance(row["chosen"], str) or isinstance(row["rejected"], str):
        raise DataError(f"{where}: prompt is missing")
    chosen, rejected = (messages_of(row[name], f"{where}, {name}") for name in ("chosen", "rejected"))
    if chosen[:-1] != rejected[:-1] or len(chosen) < 2:
        raise DataError(
            f"{where}: without prompt, both must be conversations that differ in the last message alone"
        )
    return chosen[:-1], _assistant(chosen, f"{where}, chosen"), _assistant(rejected, f"{where}, rejected")
