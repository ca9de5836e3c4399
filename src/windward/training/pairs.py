"""Preference rows become pairs of tokens, with what each row says of itself: its tree, weight, and kind of truth."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from windward.models.chat import answer_ids, prompt_ids
from windward.models.protocol import Message, ModelError
from windward.training.config import Group
from windward.training.conversations import Example, RowError, answering, fitted
from windward.training.examples import (
    CONDITION,
    is_conditioned,
    messages_of,
    read_rows,
    require_conditions,
)


@dataclass(frozen=True)
class Pair:
    """Two answers to one prompt.

    Attributes:
        chosen: prompt and better answer.
        rejected: prompt and worse answer.
        weight: factor of its loss.
        absolute: whether the chosen answer is known to be right and the rejected one wrong.
        tree: the preference tree that it comes from; empty where the row names none.
        margin: by how much its reward should be ahead, at least 0; None where the row does not say.
    """

    chosen: Example
    rejected: Example
    weight: float = 1.0
    absolute: bool = False
    tree: str = ""
    margin: float | None = None


@dataclass(frozen=True)
class Reader:
    """How a model reads a prompt and an answer to it.

    Attributes:
        read: makes tokens of both, the answer learnt.
        before: tokens that stand before whatever was cut.
        after: tokens that stand behind it.
    """

    read: Callable[[Sequence[Message], str], Example]
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()

    def room(self, max_length: int) -> int:
        """How many tokens of prompt and answer fit."""
        return max_length - len(self.before) - len(self.after)

    def framed(self, example: Example) -> Example:
        """An example that was cut, as the model reads it."""
        n = len(self.before)
        spans = tuple((a + n, b + n) for a, b in example.learnt)
        return replace(example, tokens=(*self.before, *example.tokens, *self.after), learnt=spans)


@dataclass(frozen=True)
class Sources:
    """Which rows' answers are right and wrong, not only better and worse, by the source that a row names.

    Attributes:
        names: these sources; None goes by the rows' own column `absolute`, where there is one.
        column: the column that names a row's source.
    """

    names: frozenset[str] | None = None
    column: str = "provenance"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that must be there."""
        return () if self.names is None else (self.column,)

    def absolute(self, row: dict[str, Any]) -> bool:
        """Whether it holds of a row.

        Raises:
            RowError: the column `absolute` holds something else than true and false.
        """
        if self.names is not None:
            return row[self.column] in self.names
        found = row.get("absolute")
        if found is not None and not isinstance(found, bool):
            raise RowError(f"field absolute: expected true or false, found {found!r}")
        return bool(found)


def chat_reader(tokenizer: Any) -> Reader:
    """Tokens as a chat model reads and writes them."""

    def read(prompt: Sequence[Message], answer: str) -> Example:
        return answering(prompt_ids(tokenizer, prompt), answer_ids(tokenizer, answer))

    return Reader(read)


def read_pairs(
    path: Path,
    reader: Reader,
    max_length: int,
    *,
    sources: Sources | None = None,
    trees: bool = False,
    margins: bool = False,
) -> list[Pair]:
    """Reads preference rows: `prompt` (messages), `chosen` and `rejected` (one assistant message each).

    A prompt that is too long loses its beginning, for both answers alike; one that begins with a `condition` may not.
    `weight`, `absolute` and `margin` may be there.

    Args:
        path: a Parquet file.
        reader: makes tokens of them.
        max_length: tokens of a prompt and an answer.
        sources: whose rows are right and wrong.
        trees: whether each row must name its `tree_id`.
        margins: whether the column `margin` is read, where it is there.

    Raises:
        RowError: the file or a row of it is malformed, or a condition would be cut off.
    """
    sources = sources or Sources()
    conditioned: list[bool] = []

    def pair(row: dict[str, Any]) -> Pair:
        conditioned.append(is_conditioned(row))
        prompt = messages_of(row, "prompt")
        chosen, rejected = (_read(reader, prompt, row, name) for name in ("chosen", "rejected"))
        if chosen == rejected:
            raise RowError("fields chosen and rejected: the same answer")
        chosen, rejected = map(reader.framed, _cut_alike(chosen, rejected, reader.room(max_length)))
        tree, margin = _tree(row) if trees else "", _at_least_zero(row, "margin")
        return Pair(chosen, rejected, _weight(row), sources.absolute(row), tree, margin)

    needed = ("prompt", "chosen", "rejected", *sources.columns, *(("tree_id",) if trees else ()))
    optional = ("weight", "absolute", CONDITION, *(("margin",) if margins else ()))
    pairs = read_rows(path, needed, pair, optional=optional)
    longer = [max(one.chosen, one.rejected, key=lambda example: len(example.tokens)) for one in pairs]
    require_conditions(path, conditioned, longer, max_length)
    return pairs


def grouped(pairs: Sequence[Pair], group: Group) -> list[tuple[int, ...]]:
    """The pairs' numbers, each alone or by tree, in the order in which trees first appear."""
    if group == "row":
        return [(number,) for number in range(len(pairs))]
    found: dict[str, list[int]] = {}
    for number, pair in enumerate(pairs):
        found.setdefault(pair.tree, []).append(number)
    return [tuple(numbers) for numbers in found.values()]


def examples_of(pairs: Sequence[Pair]) -> list[Example]:
    """Both answers of all pairs."""
    return [example for pair in pairs for example in (pair.chosen, pair.rejected)]


def _read(reader: Reader, prompt: Sequence[Message], row: dict[str, Any], name: str) -> Example:
    messages = messages_of(row, name)
    if [message["role"] for message in messages] != ["assistant"]:
        raise RowError(f"field {name}: expected one assistant message")
    try:
        return reader.read(prompt, messages[-1]["content"])
    except ModelError as error:
        raise RowError(f"field prompt: {error}") from error


def _cut_alike(chosen: Example, rejected: Example, max_length: int) -> tuple[Example, Example]:
    """Both answers see the same prompt: it is cut for the longer one."""
    longer = fitted(max(chosen, rejected, key=lambda example: len(example.tokens)), max_length)
    begin = chosen.learnt[0][0] - longer.learnt[0][0]

    def kept(example: Example) -> Example:
        spans = tuple((a - begin, b - begin) for a, b in example.learnt)
        return replace(fitted(Example(example.tokens[begin:], spans), max_length), cut=longer.cut)

    return kept(chosen), kept(rejected)


def _weight(row: dict[str, Any]) -> float:
    found = _at_least_zero(row, "weight")
    return 1.0 if found is None else found


def _at_least_zero(row: dict[str, Any], name: str) -> float | None:
    found = row.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < math.inf:
        raise RowError(f"field {name}: expected a number of at least 0, found {found!r}")
    return float(found)


def _tree(row: dict[str, Any]) -> str:
    found = row["tree_id"]
    if not isinstance(found, str) or not found:
        raise RowError(f"field tree_id: expected the name of a tree, found {found!r}")
    return found
