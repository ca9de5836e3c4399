"""Replies that are heard while they are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from windward.models.protocol import Message, Model, ModelError, Reply, Sampling

OnText = Callable[[str], None]
"""Hears each new piece of a reply, on the event loop; the pieces together are the reply's text. It must not raise."""


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
            ModelError: the call failed for good. A reply that broke off after some of it was heard is not
                `retryable`: a second one would be heard behind the first.
        """
        sampling = sampling or Sampling()
        if not isinstance(self._model, Streams):
            reply = await self._model.generate(messages, sampling, sample=sample)
            self._on_text(reply.text)
            return reply
        heard = False

        def hear(piece: str) -> None:
            nonlocal heard
            heard = True
            self._on_text(piece)

        try:
            return await self._model.stream(messages, sampling, hear, sample=sample)
        except ModelError as error:
            if heard:
                error.retryable = False
            raise


def cut(text: str, stops: Sequence[str]) -> str:
    """`text` before the first of its stop strings."""
    found = [at for stop in stops if (at := text.find(stop)) >= 0]
    return text[: min(found)] if found else text


class Held:
    """Lets text through as far as no stop string can begin in it.

    What `feed` and `close` return, put together, is `cut` of all that was fed, however it was divided.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._text = ""
        self._over = "" in stops

    @property
    def over(self) -> bool:
        """Whether a stop string was found: nothing more will come."""
        return self._over

    @property
    def waiting(self) -> str:
        """What was fed and may yet come."""
        return self._text

    def feed(self, piece: str) -> str:
        """The text that is certain now."""
        if self._over:
            return ""
        if not self._stops:
            return piece
        text = self._text + piece
        found = min((at for stop in self._stops if (at := text.find(stop)) >= 0), default=len(text))
        # A longer stop string that begins earlier may still be on its way.
        begun = self._begun(text)
        self._over = found < len(text) and found <= begun
        self._text = "" if self._over else text[min(found, begun) :]
        return text[: min(found, begun)]

    def close(self) -> str:
        """What was held to the end, up to a stop string in it."""
        rest, self._text = cut(self._text, self._stops), ""
        return rest

    def _begun(self, text: str) -> int:
        """Where the longest suffix starts that a stop string begins with."""
        longest = max(map(len, self._stops)) - 1
        for at in range(max(0, len(text) - longest), len(text)):
            rest = text[at:]
            if any(len(stop) > len(rest) and stop.startswith(rest) for stop in self._stops):
                return at
        return len(text)
