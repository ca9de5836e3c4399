"""A model that says what it is told to: for tests, and for trying a system without a model."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence

from windward.models.protocol import Message, ModelError, Reply, Sampling
from windward.models.streaming import OnText

_WORD = re.compile(r"\s*\S+|\s+")
Script = Callable[[Sequence[Message]], str | Reply]


class Scripted:
    """Answers from a list, in the order of the calls, or by a function of the messages. Make one with `scripted`.

    Attributes:
        calls: the messages of every call so far.
    """

    def __init__(self, script: Script | Iterable[str | Reply], name: str) -> None:
        self._script = script if callable(script) else None
        self._replies = [] if callable(script) else list(script)
        self._name = name
        self.calls: list[Sequence[Message]] = []

    @property
    def name(self) -> str:
        """The name it was given."""
        return self._name

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
    ) -> Reply:
        """The next reply, cut before the first stop string.

        Raises:
            ModelError: the list of replies is used up.
        """
        self.calls.append(messages)
        if self._script is not None:
            said = self._script(messages)
        elif len(self.calls) <= len(self._replies):
            said = self._replies[len(self.calls) - 1]
        else:
            raise ModelError(
                f"{self.name}: call {len(self.calls)} has no reply, the script holds {len(self._replies)}"
            )
        if isinstance(said, Reply):
            return said
        stops = sampling.stop if sampling else ()
        cut = min((at for stop in stops if (at := said.find(stop)) >= 0), default=len(said))
        return Reply(text=said[:cut], model=self.name)

    async def stream(
        self, messages: Sequence[Message], sampling: Sampling, on_text: OnText, *, sample: int = 0
    ) -> Reply:
        """The next reply, said word by word.

        Raises:
            ModelError: the list of replies is used up.
        """
        reply = await self.generate(messages, sampling, sample=sample)
        for word in _WORD.findall(reply.text):
            on_text(word)
            await asyncio.sleep(0)
        return reply


def scripted(script: Script | Iterable[str | Reply], *, name: str = "scripted") -> Scripted:
    """A model that answers from a list of replies, or by a function of the messages."""
    return Scripted(script, name)
