"""A call under way: bought once however many ask for it, and kept once sent even if nobody waits any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from windward.models.protocol import Reply


class Flight:
    """One call being made. Those who want its reply `join` it; being cancelled does not cancel what is paid for."""

    def __init__(self, buy: Callable[[Flight], Coroutine[Any, Any, Reply]]) -> None:
        self.sent = False
        """Whether a request is out, so that the reply must be awaited and stored."""
        self.waiting = 0
        self.task = asyncio.create_task(buy(self))

    async def join(self) -> Reply:
        """The reply, once stored; raises what the call raised."""
        self.waiting += 1
        try:
            return await asyncio.shield(self.task)
        except asyncio.CancelledError:
            if self.waiting == 1 and not self.sent:
                self.task.cancel()
            raise
        finally:
            self.waiting -= 1
