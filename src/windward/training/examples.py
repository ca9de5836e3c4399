"""Rows on disk become tokens: what comes before an answer, and the answer that is learnt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from windward.models.chat import answer_ids, prompt_ids
from windward.models.protocol import Message, ModelError

T = TypeVar("T")
ROLES = ("system", "user", "assistant")


class RowError(ValueError):
    """A row that cannot be trained on; the message names file, row and field."""


@dataclass(frozen=True)
class Example:
    """A prompt and its answer, in tokens.

    Attributes:
        prompt: tokens that are read.
        answer: tokens that are learnt, the end of the turn included.
        cut: tokens of the prompt's beginning (or of the answer's end) that did not fit.
    """

    prompt: tuple[int, ...]
    answer: tuple[int, ...]
    cut: int = 0

    @property
    def tokens(self) -> tuple[int, ...]:
        """Prompt and answer."""
        return self.prompt + self.answer


@dataclass(frozen=True)
class Pair:
    """Two answers to one prompt."""

    chosen: Example
    rejected: Example


def read_examples(path: Path, tokenizer: Any, max_length: int) -> list[Example]:
    """Reads supervised rows: `messages`, the last of them the assistant's.

    Raises:
        RowError: the file or a row of it is malformed.
    """

    def example(row: dict[str, Any]) -> Example:
        messages = _messages(row, "messages")
        if messages[-1]["role"] != "assistant":
            raise RowError("field messages: the last message must be the assistant's, it is what is learnt")
        return fitted(_prompt(tokenizer, messages[:-1], "messages"), _answer(tokenizer, messages), max_length)

    return _read(path, ("messages",), example)


def read_pairs(path: Path, tokenizer: Any, max_length: int) -> list[Pair]:
    """Reads preference rows: `prompt` (messages), `chosen` and `rejected` (one assistant message each).

    Raises:
        RowError: the file or a row of it is malformed.
    """

    def pair(row: dict[str, Any]) -> Pair:
        prompt = _prompt(tokenizer, _messages(row, "prompt"), "prompt")
        answers = {}
        for name in ("chosen", "rejected"):
            messages = _messages(row, name)
            if [message["role"] for message in messages] != ["assistant"]:
                raise RowError(f"field {name}: expected one assistant message")
            answers[name] = _answer(tokenizer, messages)
        if answers["chosen"] == answers["rejected"]:
            raise RowError("fields chosen and rejected: the same answer")
        # Both answers see the same prompt: it is cut for the longer one.
        longest = max(answers.values(), key=len)
        whole = fitted(prompt, longest, max_length)
        both = {
            name: replace(fitted(whole.prompt, answer, max_length), cut=whole.cut)
            for name, answer in answers.items()
        }
        return Pair(both["chosen"], both["rejected"])

    return _read(path, ("prompt", "chosen", "rejected"), pair)


def fitted(prompt: Sequence[int], answer: Sequence[int], max_length: int) -> Example:
    """Cuts the beginning of a prompt that is too long; of the answer only what exceeds `max_length` by itself."""
    kept_answer = tuple(answer[: max(1, max_length - 1)])
    kept_prompt = tuple(prompt[-max(1, max_length - len(kept_answer)) :])
    cut = len(prompt) + len(answer) - len(kept_prompt) - len(kept_answer)
    return Example(kept_prompt, kept_answer, cut)


def _read(path: Path, columns: tuple[str, ...], convert: Callable[[dict[str, Any]], T]) -> list[T]:
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
    for number, row in enumerate(table.select(list(columns)).to_pylist()):
        try:
            converted.append(convert(row))
        except RowError as error:
            raise RowError(f"{path}, row {number}, {error}") from error
    if not converted:
        raise RowError(f"{path} holds no rows")
    return converted


def _answer(tokenizer: Any, messages: list[Message]) -> list[int]:
    return answer_ids(tokenizer, messages[-1]["content"])


def _prompt(tokenizer: Any, messages: list[Message], name: str) -> list[int]:
    try:
        return prompt_ids(tokenizer, messages)
    except ModelError as error:
        raise RowError(f"field {name}: {error}") from error


def _messages(row: dict[str, Any], name: str) -> list[Message]:
    found = row[name]
    if not isinstance(found, list) or not found:
        raise RowError(f"field {name}: expected a list of messages, found {found!r}")
    for number, message in enumerate(found):
        if not isinstance(message, dict) or message.get("role") not in ROLES:
            raise RowError(f"field {name}, message {number}: role must be one of {', '.join(ROLES)}")
        if not isinstance(message.get("content"), str) or not message["content"]:
            raise RowError(f"field {name}, message {number}: content must be a text that is not empty")
    return [cast(Message, {"role": m["role"], "content": m["content"]}) for m in found]
