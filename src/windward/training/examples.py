"""Rows on disk become tokens: what is read, and the answers that are learnt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from windward.models.protocol import Message, ModelError
from windward.training.conversations import Example, RowError, conversation, fitted, shortened

T = TypeVar("T")
ROLES = ("system", "user", "assistant")
CONDITION = "condition"
"""The column of levels that a controllable row asks for, as JSON."""


def read_examples(path: Path, tokenizer: Any, max_length: int) -> list[Example]:
    """Reads supervised rows: `messages`, and perhaps `learn`, which says of each whether it is learnt.

    Without `learn`, the last message is learnt, and a prompt that is too long loses its beginning. With it, a
    conversation that is too long loses its oldest exchanges, whole. A prompt that begins with a `condition` may lose
    nothing.

    Raises:
        RowError: the file or a row of it is malformed, or a condition would be cut off.
    """
    conditioned: list[bool] = []

    def example(row: dict[str, Any]) -> Example:
        conditioned.append(is_conditioned(row))
        masked = row.get("learn") is not None
        messages = messages_of(row, "messages", silent=masked)
        learn = _learn(row["learn"], messages) if masked else None
        try:
            if learn is not None:
                return shortened(tokenizer, messages, learn, max_length)
            if messages[-1]["role"] != "assistant":
                raise RowError("the last message must be the assistant's, it is what is learnt")
            only_last = [False] * (len(messages) - 1) + [True]
            return fitted(conversation(tokenizer, messages, only_last), max_length)
        except (ModelError, RowError) as error:
            raise RowError(f"field messages: {error}") from error

    examples = read_rows(path, ("messages",), example, optional=("learn", CONDITION))
    require_conditions(path, conditioned, examples, max_length)
    return examples


def is_conditioned(row: dict[str, Any]) -> bool:
    """Whether a row's prompt begins with levels that are asked for: its `condition` is JSON that names some."""
    return row.get(CONDITION) not in (None, "", "{}")


def require_conditions(
    path: Path, conditioned: Sequence[bool], examples: Sequence[Example], max_length: int
) -> None:
    """Refuses rows whose condition was cut off: what is left would teach that nothing was asked for.

    Args:
        path: where they come from.
        conditioned: which rows have a condition.
        examples: what became of them.
        max_length: what they were cut to.

    Raises:
        RowError: there are such rows; says how many, how long the longest is, and what to do.
    """
    pairs = enumerate(zip(conditioned, examples, strict=True))
    lost = {row: len(one.tokens) + one.cut for row, (asked, one) in pairs if asked and one.cut}
    if lost:
        longest = max(lost, key=lambda row: lost[row])
        raise RowError(
            f"{path}: {len(lost):,} of {len(examples):,} rows are longer than {max_length:,} tokens, and would lose the condition "
            f"that their prompt begins with; the longest, row {longest}, has {lost[longest]:,}: give a max_length "
            f"(--max-length) of {lost[longest]:,} or more, or leave these rows out"
        )


def read_rows(
    path: Path,
    columns: tuple[str, ...],
    convert: Callable[[dict[str, Any]], T],
    *,
    optional: tuple[str, ...] = (),
) -> list[T]:
    """Reads a Parquet file row by row.

    Args:
        path: the file.
        columns: that must be there.
        convert: makes something of a row, and says what is wrong with it.
        optional: columns that are read where they are there.

    Raises:
        RowError: the file or a row of it is malformed; the message names them.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise RowError(f"{path} cannot be read as Parquet: {error}") from error
    missing = [name for name in columns if name not in table.column_names]
    if missing:
        raise RowError(f"{path}: columns {missing} are missing, found {table.column_names}")
    converted = []
    wanted = [*columns, *(name for name in optional if name in table.column_names)]
    for number, row in enumerate(table.select(wanted).to_pylist()):
        try:
            converted.append(convert(row))
        except RowError as error:
            raise RowError(f"{path}, row {number}, {error}") from error
    if not converted:
        raise RowError(f"{path} holds no rows")
    return converted


def _learn(found: Any, messages: Sequence[Message]) -> list[bool]:
    if not isinstance(found, list) or not all(isinstance(value, bool) for value in found):
        raise RowError(f"field learn: expected a list of true and false, found {found!r}")
    if len(found) != len(messages):
        raise RowError(f"field learn: {len(found)} values for {len(messages)} messages")
    wrong = [
        number
        for number, (learnt, message) in enumerate(zip(found, messages, strict=True))
        if learnt and message["role"] != "assistant"
    ]
    if wrong:
        raise RowError(f"field learn: message {wrong[0]} is not the assistant's and cannot be learnt")
    empty = [number for number, learnt in enumerate(found) if learnt and not messages[number]["content"]]
    if empty:
        raise RowError(f"field messages, message {empty[0]}: it is learnt, and its content is empty")
    if not any(found):
        raise RowError("field learn: no message is learnt; leave the row out")
    return found


def messages_of(row: dict[str, Any], name: str, *, silent: bool = False) -> list[Message]:
    """The messages of a field; `silent` ones may say nothing, as agents and their observations do.

    Raises:
        RowError: they are malformed.
    """
    found = row[name]
    if not isinstance(found, list) or not found:
        raise RowError(f"field {name}: expected a list of messages, found {found!r}")
    for number, message in enumerate(found):
        if not isinstance(message, dict) or message.get("role") not in ROLES:
            raise RowError(f"field {name}, message {number}: role must be one of {', '.join(ROLES)}")
        if not isinstance(message.get("content"), str) or not (message["content"] or silent):
            raise RowError(f"field {name}, message {number}: content must be a text that is not empty")
    return [cast(Message, {"role": m["role"], "content": m["content"]}) for m in found]
