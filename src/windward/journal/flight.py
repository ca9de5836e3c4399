"""A call under way: bought once however many ask for it, and kept once sent even if nobody waits any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from windward.models.protocol import Reply


class Flight:
    """One call being made. Those who want its reply `join` it; being cancelled does not cancel what is paid for.

    Args:
        buy: makes the call.
        landed: told when the call has ended, in whatever way.
    """

    def __init__(
        self, buy: Callable[[Flight], Coroutine[Any, Any, Reply]], landed: Callable[[], object]
    ) -> None:
        self.sent = False
        """Whether a request is out, so that the reply must be awaited and stored."""
        self._waiting: list[asyncio.Future[Reply]] = []
        self._landed = landed
        self.task = asyncio.create_task(buy(self))
        self.task.add_done_callback(self._land)

    @property
    def wanted(self) -> bool:
        """Whether anybody still waits for the reply."""
        return bool(self._waiting)

    async def join(self) -> Reply:
        """The reply, once stored; raises what the call raised."""
        turn: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn in self._waiting:
                self._waiting.remove(turn)
                if not self.wanted and not self.sent:
                    self.task.cancel()
            raise

    def _land(self, task: asyncio.Task[Reply]) -> None:
        self._landed()
        waiting, self._waiting = self._waiting, []
        error = None if task.cancelled() else task.exception()
        for turn in waiting:
            if turn.done():
                continue
            if task.cancelled():
                turn.cancel()
            elif error is not None:
                turn.set_exception(error)
            else:
                turn.set_result(task.result())
