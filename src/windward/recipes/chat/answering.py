"""One message of a user is answered: text as it is written, code as it runs, what it showed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

from windward.agents import AgentLimits, Episode, Step, Tools, run_agent
from windward.interpreter import Interpreter
from windward.models import Message, Model, Reply, Sampling
from windward.models.streaming import OnText, Streamed

TALK_SAMPLING = Sampling(max_tokens=1_024)
TALK_LIMITS = AgentLimits(turns=10)


@dataclass(frozen=True)
class Text:
    """A piece of what the model writes."""

    piece: str


@dataclass(frozen=True)
class Running:
    """Python is run."""

    code: str


@dataclass(frozen=True)
class Acted:
    """A turn of the agent is over."""

    step: Step


@dataclass(frozen=True)
class Finished:
    """The word is the user's again."""

    episode: Episode


Event = Text | Running | Acted | Finished
Through = Callable[[Model], Model]
"""Puts a model behind a journal."""


async def answer(
    model: Model,
    history: Sequence[Message],
    session: Interpreter,
    *,
    tools: Tools | None = None,
    limits: AgentLimits = TALK_LIMITS,
    sampling: Sampling = TALK_SAMPLING,
    through: Through | None = None,
) -> AsyncGenerator[Event, None]:
    """Answers the last message of `history`; the last event is `Finished`.

    A consumer that closes the iterator stops model and code.

    Args:
        model: the policy.
        history: system message, what was said before, and the user's new message.
        session: the conversation's own interpreter.
        tools: host functions that the session was opened with.
        limits: what this answer may use.
        sampling: how replies are drawn.
        through: puts the model behind a journal; a reply found there is heard at once.

    Raises:
        ModelError: a call failed for good.
        InterpreterError: the interpreter itself cannot go on.
    """
    events: asyncio.Queue[Event | None] = asyncio.Queue()
    heard = _Heard(events.put_nowait)
    speaking = heard.listen(model, through)

    async def work() -> Episode:
        try:
            return await run_agent(
                speaking,
                history,
                session=session,
                tools=tools,
                talk=True,
                limits=limits,
                sampling=sampling,
                watch=heard,
            )
        finally:
            events.put_nowait(None)

    task = asyncio.create_task(work())
    try:
        while (event := await events.get()) is not None:
            yield event
        yield Finished(await task)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class _Heard:
    """Turns what a watcher hears into events."""

    def __init__(self, put: Callable[[Event], None]) -> None:
        self._put = put
        self._said = False

    def listen(self, model: Model, through: Through | None) -> Model:
        """The model, with its words put into the events, whether they are new or were stored."""
        on_text: OnText = self._text
        inner: Model = Streamed(model, on_text)
        return inner if through is None else _Told(through(inner), self)

    def _text(self, piece: str) -> None:
        self._said = True
        if piece:
            self._put(Text(piece))

    def begin(self) -> None:
        """A new reply begins."""
        self._said = False

    def end(self, text: str) -> None:
        """A reply is there; one that came out of a journal has not been heard yet."""
        if not self._said:
            self._text(text)

    def running(self, code: str) -> None:
        """See `windward.agents.Watcher`."""
        self._put(Running(code))

    def stepped(self, step: Step) -> None:
        """See `windward.agents.Watcher`."""
        self._put(Acted(step))


class _Told:
    """A journaled model whose stored replies are heard too."""

    def __init__(self, model: Model, heard: _Heard) -> None:
        self._model, self._heard = model, heard

    @property
    def name(self) -> str:
        return self._model.name

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
    ) -> Reply:
        self._heard.begin()
        reply = await self._model.generate(messages, sampling or Sampling(), sample=sample)
        self._heard.end(reply.text)
        return reply
