"""Interpreters that wait for their conversation to go on, found again by what was said in it."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from windward.interpreter import Interpreter, InterpreterError
from windward.models import Message
from windward.recipes.serve.config import ServeConfig


@dataclass(eq=False)
class Moment:
    """A conversation right after an answer. It is never changed: what comes next happens in a twin.

    So the same question may be asked again, or another in its place, and two that are asked at once do not meet.

    Attributes:
        key: the last of `prefixes`.
        client: whose it is.
        history: what the model has seen and said; the client has seen it as markdown.
        session: variables and files.
        before: the moment that it came from, while that is kept.
        used_at: `time.monotonic()`.
    """

    key: str
    client: str
    history: tuple[Message, ...]
    session: Interpreter
    before: Moment | None
    used_at: float


def prefixes(client: str, scope: str, messages: Sequence[Message]) -> list[str]:
    """A digest of a conversation after each of its messages.

    White space around a message does not count: clients trim it.
    """
    state = hashlib.sha256(repr((client, scope)).encode())
    keys = []
    for message in messages:
        text = message["content"].strip().encode()
        state.update(f"{message['role']} {len(text)} ".encode() + text)
        keys.append(state.hexdigest())
    return keys


class Sessions:
    """A bounded number of moments. All methods belong to one event loop."""

    def __init__(self, config: ServeConfig) -> None:
        self._config = config
        self._moments: dict[str, Moment] = {}  # the one used longest ago is first
        self._closing: set[asyncio.Task[None]] = set()
        self._lent: set[Interpreter] = set()

    def __len__(self) -> int:
        return len(self._moments)

    @property
    def open(self) -> int:
        """Interpreters that are open: kept ones, and those at work."""
        return len(self._moments) + len(self._lent) + len(self._closing)

    async def begin(self, keys: Sequence[str]) -> tuple[Interpreter, Moment | None, int]:
        """An interpreter for an answer: a twin of the latest moment that is known, or a fresh one.

        Give it back by `keep` or `discard`.

        Args:
            keys: of the messages, see `prefixes`.

        Returns:
            The interpreter, the moment, and how many messages the moment covers (0 without one).

        Raises:
            InterpreterError: none can be made.
        """
        for covered in range(len(keys) - 1, 0, -1):
            moment = self._moments.get(keys[covered - 1])
            if moment is None:
                continue
            moment.used_at = time.monotonic()
            self._moments[moment.key] = self._moments.pop(moment.key)
            try:
                return await self._lend(moment.session.afork()), moment, covered
            except InterpreterError:  # its session was lost, or closed to make room
                self._drop(moment)
        config = self._config
        fresh = asyncio.to_thread(Interpreter, config.cell, isolation=config.isolation)
        return await self._lend(fresh), None, 0

    def keep(
        self,
        key: str,
        client: str,
        history: Sequence[Message],
        session: Interpreter,
        before: Moment | None,
    ) -> None:
        """Keeps a moment, and closes those that there is no room for.

        Of each conversation the last two are kept, so that a client may ask for its last answer once more.
        """
        self._lent.discard(session)
        if (same := self._moments.get(key)) is not None:
            self._drop(same)
        self._moments[key] = Moment(key, client, tuple(history), session, before, time.monotonic())
        if before is not None and before.before is not None:
            self._drop(before.before)
            before.before = None
        mine = [moment for moment in self._moments.values() if moment.client == client]
        for moment in mine[: max(0, len(mine) - self._config.client_conversations)]:
            self._drop(moment)
        for moment in list(self._moments.values())[: max(0, len(self) - self._config.conversations)]:
            self._drop(moment)

    def discard(self, session: Interpreter) -> None:
        """Ends an interpreter whose answer will not be gone on from; what it still runs is stopped."""
        self._lent.discard(session)
        session.interrupt()
        self._close(session)

    def sweep(self) -> None:
        """Closes what was idle for too long."""
        oldest = time.monotonic() - 60 * self._config.idle_minutes
        for moment in [moment for moment in self._moments.values() if moment.used_at < oldest]:
            self._drop(moment)

    async def close(self) -> None:
        """Closes all, those at work too."""
        for moment in list(self._moments.values()):
            self._drop(moment)
        for session in list(self._lent):
            self.discard(session)
        await asyncio.gather(*self._closing)

    async def _lend(self, opening: Coroutine[Any, Any, Interpreter]) -> Interpreter:
        """Waits for an interpreter; one that nobody waits for any more is closed once it is there."""
        task = asyncio.ensure_future(opening)
        try:
            session = await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(self._unwanted)
            raise
        self._lent.add(session)
        return session

    def _unwanted(self, task: asyncio.Future[Interpreter]) -> None:
        if not task.cancelled() and task.exception() is None:
            self._close(task.result())

    def _drop(self, moment: Moment) -> None:
        if self._moments.get(moment.key) is moment:
            del self._moments[moment.key]
            self._close(moment.session)

    def _close(self, session: Interpreter) -> None:
        task = asyncio.create_task(session.aclose())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
