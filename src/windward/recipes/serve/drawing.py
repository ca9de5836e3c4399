"""A model as one answer uses it: counted, drawn afresh where that was asked for, and stopped with its listener."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Coroutine, Sequence
from typing import Any

from windward.models import Message, Model, ModelError, Reply, Sampling, Usage
from windward.models.streaming import OnText, Streams


def sample_of(sampling: Sampling) -> int:
    """The sample index of a request's replies.

    The journal hands out a stored reply to the same call. That is meant where the same request has the same answer:
    greedy, or with a seed. Any other request is drawn afresh, so it gets an index of its own.
    """
    return 0 if sampling.temperature == 0 or sampling.seed is not None else secrets.randbelow(2**31)


class Stoppable:
    """A model whose calls end when `stop` is called, the journal's flights too; they fail as calls do."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._calls: set[asyncio.Future[Reply]] = set()
        self._stopped = False

    @property
    def name(self) -> str:
        """The model's."""
        return self._model.name

    def stop(self) -> None:
        """Ends the calls under way, and lets no other begin."""
        self._stopped = True
        for call in list(self._calls):
            call.cancel()

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
    ) -> Reply:
        """See `Model`."""
        return await self._call(self._model.generate(messages, sampling or Sampling(), sample=sample))

    async def stream(
        self, messages: Sequence[Message], sampling: Sampling, on_text: OnText, *, sample: int = 0
    ) -> Reply:
        """See `Streams`; a model that cannot is heard at the end."""
        if isinstance(self._model, Streams):
            return await self._call(self._model.stream(messages, sampling, on_text, sample=sample))
        reply = await self.generate(messages, sampling, sample=sample)
        on_text(reply.text)
        return reply

    async def _call(self, making: Coroutine[Any, Any, Reply]) -> Reply:
        call = asyncio.ensure_future(making)
        self._calls.add(call)
        if self._stopped:
            call.cancel()
        try:
            return await call
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self._stopped or (task is not None and task.cancelling()):
                raise
            raise ModelError("stopped: nobody waits for this answer any more") from None
        finally:
            self._calls.discard(call)


class Drawn:
    """A model with the sample index of one request.

    Attributes:
        usage: of all its replies.
        cut: whether the last reply was as long as it might be.
    """

    def __init__(self, model: Model, sample: int) -> None:
        self._model = model
        self._sample = sample
        self.usage = Usage()
        self.cut = False

    @property
    def name(self) -> str:
        """The model's."""
        return self._model.name

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
    ) -> Reply:
        """See `Model`."""
        reply = await self._model.generate(messages, sampling or Sampling(), sample=self._sample + sample)
        self.usage += reply.usage
        self.cut = reply.finish == "length"
        return reply
