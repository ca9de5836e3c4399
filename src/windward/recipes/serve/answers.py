"""One request answered: the agent goes on from where the conversation was, and what it does is written as markdown."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from windward.agents import AgentLimits, Step, talk_opening
from windward.agents.blocks import closed
from windward.interpreter import Interpreter, InterpreterError
from windward.journal import Journal, JournaledModel
from windward.models import Message, Model, Usage
from windward.models.protocol import Role
from windward.recipes.chat.answering import Acted, Finished, Running, Text, answer
from windward.recipes.serve.config import ServeConfig
from windward.recipes.serve.drawing import Drawn, Stoppable, sample_of
from windward.recipes.serve.errors import RequestError
from windward.recipes.serve.rendering import PNG, Markdown
from windward.recipes.serve.request import ChatRequest
from windward.recipes.serve.sessions import Sessions, prefixes

Say = Callable[[str], Awaitable[None]]
"""Sends a piece of the answer to the client."""

_ENDS = {
    "turns": "Stopped: an answer has {turns} turns. Ask to go on.",
    "seconds": "Stopped: an answer has {seconds:g} seconds. Ask to go on.",
    "context": "Stopped: the conversation is longer than what the model can read. Begin a new one.",
}


@dataclass(frozen=True)
class Answer:
    """What became of a request.

    Attributes:
        text: markdown.
        ended: why it ended, see `windward.agents.Ended`.
        cut: whether a limit ended it, of tokens, turns, seconds or context.
        turns: replies of the model.
        usage: of all of them.
        continued: whether the conversation's interpreter was found again.
    """

    text: str
    ended: str
    cut: bool
    turns: int
    usage: Usage
    continued: bool


class Answerer:
    """Answers requests with one model, one journal and the interpreters of all conversations."""

    def __init__(self, config: ServeConfig, model: Model, journal: Journal, sessions: Sessions) -> None:
        self._config, self._model, self._journal, self._sessions = config, model, journal, sessions

    async def answer(self, client: str, request: ChatRequest, say: Say) -> Answer:
        """Answers; who cancels this stops model and code, and the conversation stays where it was.

        Args:
            client: who asks.
            request: what is asked.
            say: hears each piece of the answer.

        Raises:
            RequestError: the conversation does not fit the model's context.
            ModelError: a call failed for good.
            InterpreterError: there is no interpreter.
            JournalError: the journal cannot be written.
        """
        keys = prefixes(client, request.scope, request.messages)
        session, before, covered = await self._sessions.begin(keys)
        kept = False
        try:
            history = _opening(request.messages) if before is None else list(before.history)
            told = [message for message in request.messages[covered:] if message["role"] != "system"]
            for message in told:
                _add(history, message["role"], message["content"])
            work = _Work(self._config, self._model, self._journal, request, session, say)
            ended = await work.run(history)
            said = Message(role="assistant", content=work.markdown.text)
            if said["content"].strip():
                key = prefixes(client, request.scope, [*request.messages, said])[-1]
                self._sessions.keep(key, client, work.history(history, ended), session, before)
                kept = True
        finally:
            if not kept:
                self._sessions.discard(session)
        return Answer(
            work.markdown.text,
            ended,
            ended != "done" or work.model.cut,
            len(work.steps),
            work.model.usage,
            before is not None,
        )


class _Work:
    """An answer in the making."""

    def __init__(
        self,
        config: ServeConfig,
        model: Model,
        journal: Journal,
        request: ChatRequest,
        session: Interpreter,
        say: Say,
    ) -> None:
        self.markdown = Markdown(request.show)
        self.steps: list[Step] = []
        self._config, self._request, self._session, self._say = config, request, session, say
        self._inner = Stoppable(model)
        self._journal = journal
        self.model = Drawn(model, 0)
        self._figures = 0
        self._written = self._running = ""

    async def run(self, history: Sequence[Message]) -> str:
        """Lets the agent answer; why it ended."""
        ended = "seconds"
        try:
            async with asyncio.timeout(self._config.seconds) as clock:
                ended = await self._converse(history)
        except TimeoutError:
            if not clock.expired():
                raise
        finally:
            self._inner.stop()
        if self._running:
            await self._tell(self.markdown.unfinished(self._running))
        if ended in _ENDS:
            note = _ENDS[ended].format(turns=self._config.turns, seconds=self._config.seconds)
            await self._tell(self.markdown.note(note))
        return ended

    async def _converse(self, history: Sequence[Message]) -> str:
        ended, request = "done", self._request
        async with contextlib.aclosing(
            answer(
                self._inner,
                history,
                self._session,
                limits=AgentLimits(turns=self._config.turns),
                sampling=request.sampling,
                through=self._through,
            )
        ) as events:
            async for event in events:
                if isinstance(event, Text):
                    self._written += event.piece
                    await self._tell(self.markdown.words(event.piece))
                elif isinstance(event, Running):
                    self._running = event.code
                elif isinstance(event, Acted):
                    self.steps.append(event.step)
                    self._written = self._running = ""
                    figures = await self._shown(event.step) if request.show == "all" else []
                    await self._tell(self.markdown.step(event.step, figures))
                elif isinstance(event, Finished):
                    ended = event.episode.ended
                    if ended == "context" and not self.steps:
                        raise RequestError(
                            400,
                            "the messages do not fit the model's context: send fewer or shorter ones, or a smaller "
                            "max_tokens",
                            "context_length_exceeded",
                            param="messages",
                        )
        return ended

    def _through(self, model: Model) -> Model:
        self.model = Drawn(JournaledModel(model, self._journal), sample_of(self._request.sampling))
        return self.model

    async def _tell(self, piece: str) -> None:
        if piece:
            await self._say(piece)

    async def _shown(self, step: Step) -> list[bytes | str]:
        return [await self._figure(name) for name in step.images]

    async def _figure(self, name: str) -> bytes | str:
        """A figure's file, or why it is not shown. Code may have put anything in its place."""
        self._figures += 1
        if self._figures > self._config.figures:
            return f"an answer shows {self._config.figures}"
        try:
            data = await asyncio.to_thread(self._session.read_file, name)
        except InterpreterError:
            return "its file is gone"
        if not data.startswith(PNG):
            return "its file is no PNG"
        if len(data) > 1024 * self._config.figure_kb:
            return f"it has more than {self._config.figure_kb} KiB"
        return data

    def history(self, before: Sequence[Message], ended: str) -> list[Message]:
        """What the model has seen and said when this answer is over."""
        history = [Message(role=one["role"], content=one["content"]) for one in before]
        for step in self.steps:
            _add(history, "assistant", closed(step.reply))
            if step.told is not None:
                _add(history, "user", step.told)
        if ended != "done":
            if self._written.strip():
                _add(history, "assistant", closed(self._written))
            _add(history, "user", "(Your answer was stopped here.)")
        return history


def _opening(messages: Sequence[Message]) -> list[Message]:
    """How the agent works, and behind it what the client's system messages say."""
    return talk_opening(more="\n\n".join(one["content"] for one in messages if one["role"] == "system"))


def _add(history: list[Message], role: Role, text: str) -> None:
    """Adds to a history; roles alternate, as many chat templates demand."""
    if history and history[-1]["role"] == role:
        text = f"{history[-1]['content']}\n\n{text}"
        history.pop()
    history.append(Message(role=role, content=text))
