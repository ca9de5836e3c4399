"""Reading replies: a pure, versioned function, and asking again where it finds nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from windward.models.protocol import Message, Model, Reply, Sampling

T = TypeVar("T")

REASK_STRIDE = 1_000_000
"""The n-th further draw of sample s is sample s + n * REASK_STRIDE, out of the way of ordinary samples."""


@dataclass(frozen=True)
class Parser(Generic[T]):
    """How a reply's text is read.

    Attributes:
        name: under which its failures are counted.
        version: to be changed with `parse`.
        parse: a pure function of the text; None means that the text cannot be read.
    """

    name: str
    version: str
    parse: Callable[[str], T | None]


@dataclass(frozen=True)
class Parsed(Generic[T]):
    """What was read.

    Attributes:
        value: None if no reply could be read.
        replies: every reply that was asked for, in order; the last is the one that `value` was read from.
    """

    value: T | None
    replies: tuple[Reply, ...]

    @property
    def failures(self) -> int:
        """Replies that could not be read."""
        return len(self.replies) - (self.value is not None)


@runtime_checkable
class Noting(Protocol):
    """A model that keeps whether its replies could be read."""

    async def note_read(
        self, messages: Sequence[Message], sampling: Sampling, sample: int, parser: Parser[Any], *, ok: bool
    ) -> None:
        """Keeps that `parser` could, or could not, read the reply to this call."""
        ...


async def ask(
    model: Model,
    messages: Sequence[Message],
    sampling: Sampling,
    parser: Parser[T],
    *,
    tries: int = 3,
    sample: int = 0,
) -> Parsed[T]:
    """Asks until `parser` can read the reply, at most `tries` times, each time with a further sample.

    With a JournaledModel all replies are kept, and the journal counts what could not be read. Changing the
    parser costs nothing but replies that it alone cannot read. At temperature 0 a model that repeats itself
    word for word will not be read the second time either.

    Raises:
        ModelError: a call failed for good.
    """
    replies: list[Reply] = []
    for attempt in range(tries):
        draw = sample + attempt * REASK_STRIDE
        reply = await model.generate(messages, sampling, sample=draw)
        replies.append(reply)
        value = parser.parse(reply.text)
        if isinstance(model, Noting):
            await model.note_read(messages, sampling, draw, parser, ok=value is not None)
        if value is not None:
            return Parsed(value, tuple(replies))
    return Parsed(None, tuple(replies))
