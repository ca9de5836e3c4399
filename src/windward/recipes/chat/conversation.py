"""A conversation with an agent: its own folder, its own interpreter, its own journal; one answer at a time."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from windward.agents import CELL_LIMITS, AgentLimits
from windward.interpreter import Interpreter, InterpreterError, Isolation, Limits
from windward.journal import BudgetError, Journal, JournaledModel, JournalError
from windward.models import Model, ModelError, Sampling
from windward.recipes.chat.answering import TALK_SAMPLING, Acted, Event, Finished, Running, Text, answer
from windward.recipes.chat.control import Control
from windward.recipes.chat.folder import Folder
from windward.recipes.chat.history import messages, unfinished
from windward.recipes.chat.names import free_name, plain_name
from windward.recipes.chat.record import (
    ConversationError,
    Did,
    Entry,
    Given,
    Head,
    Judged,
    Noted,
    Over,
    Said,
    title,
)
from windward.recipes.chat.replay import replay

ANSWER_LIMITS = AgentLimits(turns=10, seconds=600)
_MB = 1024 * 1024


class BusyError(ConversationError):
    """The conversation's agent is at work; stop it, or wait."""


@dataclass(frozen=True)
class ChatConfig:
    """What conversations may use.

    Attributes:
        limits: of one answer.
        sampling: how replies are drawn.
        cell: what the code of one turn may use.
        isolation: of the code; `none` only for a model that you trust.
        instructions: added to the system message of new conversations.
        upload_mb: MiB of one upload.
        saved_mb: MiB of the working folder that are kept on disk after an answer.
        live: conversations whose interpreters are open at once.
        idle_minutes: an interpreter that nobody used for so long is closed; the conversation stays.
        control: levels that can be asked for, of a model that has learnt to keep to them.
    """

    limits: AgentLimits = ANSWER_LIMITS
    sampling: Sampling = TALK_SAMPLING
    cell: Limits = CELL_LIMITS
    isolation: Isolation = "auto"
    instructions: str = ""
    upload_mb: int = 32
    saved_mb: int = 128
    live: int = 8
    idle_minutes: float = 30.0
    control: Control | None = None


@dataclass(frozen=True)
class Draft:
    """What the agent is doing at this moment.

    Attributes:
        text: of the reply that is being written.
        code: that is being run.
        waking: whether earlier code is run again first.
    """

    text: str = ""
    code: str = ""
    waking: bool = False


MakeRoom = Callable[["Conversation"], Awaitable[None]]
"""Called before a conversation opens its interpreter."""


class Conversation:
    """One conversation. All methods belong to one event loop.

    Attributes:
        id: made by us.
        head: how it began.
        entries: what happened so far.
        draft: what the agent is doing; None while it is the user's turn.
        used_at: `time.monotonic()` of its last use.
    """

    def __init__(
        self,
        folder: Folder,
        head: Head,
        entries: list[Entry],
        model: Model,
        config: ChatConfig,
        make_room: MakeRoom,
    ) -> None:
        self.id, self.head, self.entries, self.folder = head.id, head, entries, folder
        self.draft: Draft | None = None
        self.used_at = time.monotonic()
        self._model, self._config, self._make_room = model, config, make_room
        self._session: Interpreter | None = None
        self._journal: Journal | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._listeners: set[asyncio.Queue[Event | None]] = set()

    @property
    def title(self) -> str:
        """Its first words."""
        return title(self.entries)

    @property
    def busy(self) -> bool:
        """Whether the agent is at work."""
        return self._task is not None

    @property
    def awake(self) -> bool:
        """Whether its interpreter is open."""
        return self._session is not None

    @property
    def can_go_on(self) -> bool:
        """Whether the last answer was cut short."""
        return not self.busy and unfinished(self.entries)

    # -- the user's part -------------------------------------------------------------------------------

    def require_free(self) -> None:
        """Sees to it that it is the user's turn.

        Raises:
            BusyError: the agent is at work.
        """
        self.used_at = time.monotonic()
        if self.busy:
            raise BusyError("the agent is still at work: wait for it, or stop it")

    def say(self, text: str, levels: Mapping[str, float] | None = None) -> None:
        """Takes the user's words; the agent begins to answer.

        Args:
            text: the words, kept as they are.
            levels: asked for, by objective; the model reads them before the words.

        Raises:
            BusyError: it has not finished the last answer.
            ConversationError: there are no words, there is no such level, or they cannot be kept.
        """
        self.require_free()
        if not text.strip():
            raise ConversationError("there is nothing to answer: the message is empty")
        sent = self._config.control.sent(text, levels) if self._config.control and levels else ""
        self._keep(Said(text, sent))
        self._begin()

    def go_on(self) -> None:
        """Lets the agent go on with an answer that was cut short; stored replies are not bought again.

        Raises:
            BusyError: it is at work already.
            ConversationError: the last answer was finished.
        """
        self.require_free()
        if not self.can_go_on:
            raise ConversationError("there is nothing to go on with: the last answer was finished")
        self._begin()

    async def give(self, name: str, data: bytes) -> str:
        """Puts a file of the user into the working folder, and returns its name there.

        Raises:
            BusyError: the agent is at work.
            ConversationError: the file is too large, or cannot be kept.
        """
        self.require_free()
        if len(data) > self._config.upload_mb * _MB:
            raise ConversationError(f"{plain_name(name)} is larger than {self._config.upload_mb} MiB")
        given = [entry for entry in self.entries if isinstance(entry, Given)]
        taken = set(self.folder.saved()) | {entry.name for entry in given}
        name = free_name(plain_name(name), taken)
        room = self._config.cell.disk_mb * _MB - sum(self.folder.upload_sizes())
        if len(data) > room:
            raise ConversationError(f"{name} does not fit: {max(0, room) / _MB:.1f} MiB are left for uploads")
        kept = self.folder.keep_upload(len(given) + 1, name, data)
        if self._session is not None:
            try:
                await asyncio.to_thread(self._session.write_file, name, data)
            except InterpreterError as error:
                raise ConversationError(f"{name} does not fit into the working folder: {error}") from error
        self.folder.save_one(name, data)
        self._keep(Given(name, kept))
        return name

    def judge(self, success: bool | None) -> None:
        """Notes whether the conversation came to a good end, for its trajectory."""
        self._keep(Judged(success))

    async def events(self) -> AsyncIterator[Event]:
        """What happens from now until the answer ends; nothing if none is under way."""
        if not self.busy:
            return
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._listeners.discard(queue)

    async def stop(self) -> None:
        """Stops model and code; returns when they are. What was written so far is kept."""
        task = self._task
        if task is None:
            return
        if not self._stopping:
            self._stopping = True
            await asyncio.sleep(0)  # a task that has not begun would not write down its end
            task.cancel()
            flights = list(self._journal.flights.values()) if self._journal is not None else []
            for flight in flights:
                flight.task.cancel()  # nobody will hear this reply
            await asyncio.wait({task, *(flight.task for flight in flights)})
        await asyncio.wait({task})

    async def sleep(self) -> None:
        """Closes interpreter and journal; the next message brings them back."""
        await self.stop()
        if self._session is not None:
            await self._session.aclose()
            self._session = None
        if self._journal is not None:
            await self._journal.drain(5.0)
            self._journal.close()
            self._journal = None

    # -- the agent's part ------------------------------------------------------------------------------

    def _keep(self, entry: Entry) -> None:
        self.folder.append(entry)
        self.entries.append(entry)

    def _begin(self) -> None:
        self.draft, self._stopping = Draft(), False
        self._task = asyncio.create_task(self._answer())

    def _publish(self, event: Event | None) -> None:
        for queue in self._listeners:
            queue.put_nowait(event)

    async def _answer(self) -> None:
        """Answers, and writes down how that ended, whatever happens."""
        try:
            over = await self._work()
        except asyncio.CancelledError:
            over = Over("stopped", *self._unfinished())
        except (
            ModelError, JournalError, BudgetError, InterpreterError, ConversationError, OSError,
        ) as error:  # fmt: skip
            over = Over("failed", *self._unfinished(), error=str(error))
        except Exception as error:  # a model may be anybody's code: what it raises ends this answer only
            over = Over("failed", *self._unfinished(), error=f"{type(error).__name__}: {error}")
        try:
            await self._save()
            self._keep(over)
        except ConversationError as error:
            self.entries.append(replace(over, reason="failed", error=str(error)))
        finally:
            self.used_at = time.monotonic()
            self.draft = self._task = None
            self._publish(None)

    def _unfinished(self) -> tuple[str, str]:
        return (self.draft.text, self.draft.code) if self.draft is not None else ("", "")

    async def _work(self) -> Over:
        session, journal = await self._wake()
        over = Over("failed", error="the answer ended without an end")
        history = messages(self.head, self.entries)
        async with contextlib.aclosing(
            answer(
                self._model,
                history,
                session,
                limits=self._config.limits,
                sampling=self._config.sampling,
                through=lambda model: JournaledModel(model, journal),
            )
        ) as events:
            async for event in events:
                draft = self.draft or Draft()
                if isinstance(event, Text):
                    self.draft = replace(draft, text=draft.text + event.piece)
                elif isinstance(event, Running):
                    self.draft = replace(draft, code=event.code)
                elif isinstance(event, Acted):
                    await self._did(event, session)
                elif isinstance(event, Finished):
                    over = Over(event.episode.ended, error=event.episode.error)
                self._publish(event)
        return over

    async def _did(self, event: Acted, session: Interpreter) -> None:
        number = 1 + sum(isinstance(entry, Did) for entry in self.entries)
        figures: tuple[str, ...] = ()
        if event.step.images:
            figures = await asyncio.to_thread(self.folder.keep_figures, session, number, event.step.images)
        self._keep(Did(event.step, self._model.name, figures))
        self.draft = Draft()

    async def _save(self) -> None:
        """Saves the working folder; what does not fit is told."""
        if self._session is None:
            return
        try:
            left_out = await asyncio.to_thread(self.folder.save, self._session, self._config.saved_mb * _MB)
        except InterpreterError as error:
            self._keep(Noted(f"The files of this answer could not be saved: {error}"))
            return
        if left_out:
            shown = ", ".join(left_out[:5]) + ("…" if len(left_out) > 5 else "")
            self._keep(Noted(f"Too much to be kept ({self._config.saved_mb} MiB are): {shown}"))

    async def _wake(self) -> tuple[Interpreter, Journal]:
        """Opens journal and interpreter, and brings variables and files back."""
        if self._journal is None:
            self._journal = Journal(self.folder.path)
        if self._session is None:
            await self._make_room(self)
            before = [entry for entry in self.entries if isinstance(entry, Given | Did | Over)]
            self.draft = Draft(waking=any(isinstance(entry, Did) for entry in before))
            session = await asyncio.to_thread(
                Interpreter, self._config.cell, isolation=self._config.isolation
            )
            stop = threading.Event()
            work = asyncio.create_task(asyncio.to_thread(replay, session, before, self.folder, stop=stop))
            try:
                told = await asyncio.shield(work)
            except BaseException:
                stop.set()
                session.interrupt()
                await asyncio.gather(work, return_exceptions=True)
                await session.aclose()
                raise
            self._session = session
            self.draft = Draft()
            if told:
                self._keep(Noted(" ".join(told)))
        return self._session, self._journal
