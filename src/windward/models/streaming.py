"""Replies that are heard while they are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from windward.models.protocol import Message, Model, Reply, Sampling

OnText = Callable[[str], None]
"""Hears each new piece of a reply, on the event loop; the pieces together are the reply's text."""


@runtime_checkable
class Streams(Protocol):
    """A model that can say a reply piece by piece."""

    async def stream(
        self, messages: Sequence[Message], sampling: Sampling, on_text: OnText, *, sample: int = 0
    ) -> Reply:
        """Answers like `Model.generate`, and tells `on_text` of the text as it comes.

        No piece is taken back: what may turn out to be a stop string is held until it is known.
        """
        ...


class Streamed:
    """`model`, whose replies `on_text` hears while they are written; a model that cannot is heard at the end.

    It is a `Model` of the same name, so it stands where the model stood: behind a journal, in an agent.
    """

    def __init__(self, model: Model, on_text: OnText) -> None:
        self._model = model
        self._on_text = on_text

    @property
    def name(self) -> str:
        """The model's."""
        return self._model.name

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
    ) -> Reply:
        """Answers `messages`.

        Raises:
            ModelError: the call failed for good.
        """
        sampling = sampling or Sampling()
        if isinstance(self._model, Streams):
            return await self._model.stream(messages, sampling, self._on_text, sample=sample)
        reply = await self._model.generate(messages, sampling, sample=sample)
        self._on_text(reply.text)
        return reply
