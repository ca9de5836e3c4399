"""A reply that a local model is writing, told piece by piece to a listener on an event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from windward.models.protocol import Reply
from windward.models.streaming import Held, OnText

_BROKEN = "\ufffd"


class Detokenizer:
    """Turns growing tokens into growing text: whole characters only, each decoded with the tokens before it.

    A step decodes the few tokens since the last whole character but one, never the whole reply.

    Args:
        decode: tokens to text; what it gives for a longer sequence begins with what it gave for a shorter one that
            ended in a whole character.
    """

    def __init__(self, decode: Callable[[Sequence[int]], str]) -> None:
        self._decode = decode
        self._before = 0
        self._read = 0

    def feed(self, tokens: Sequence[int]) -> str:
        """The text that is new in `tokens`, which begin with those of the last call."""
        known = self._decode(tokens[self._before : self._read])
        text = self._decode(tokens[self._before :])
        if len(text) <= len(known) or text.endswith(_BROKEN):
            return ""
        self._before, self._read = self._read, len(tokens)
        return text[len(known) :]


class Speech:
    """The pieces of one reply, on their way from the thread that computes to the event loop that listens.

    Args:
        on_text: the listener.
        loop: where it listens.
        stops: what must not be heard.
        decode: tokens to text.
    """

    def __init__(
        self,
        on_text: OnText,
        loop: asyncio.AbstractEventLoop,
        stops: Sequence[str],
        decode: Callable[[Sequence[int]], str],
        reply: Future[Reply],
    ) -> None:
        self._on_text = on_text
        self._loop = loop
        self._held = Held(stops)
        self._text = Detokenizer(decode)
        self._reply = reply
        self._said = 0

    def say(self, tokens: Sequence[int]) -> None:
        """Says what is certain of a reply that goes on."""
        if fresh := self._text.feed(tokens):
            self._tell(self._held.feed(fresh))

    def end(self, text: str) -> None:
        """Says what was not yet said of the whole reply."""
        self._tell(text[self._said :])

    def _tell(self, piece: str) -> None:
        if not piece:
            return
        self._said += len(piece)
        # A loop that was closed has nobody left who listens; its call counts as cancelled.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._hear, piece)

    def _hear(self, piece: str) -> None:
        if not self._reply.cancelled():
            self._on_text(piece)
