"""All conversations of a home folder: made, listed, opened; a bounded number of them awake."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from windward.agents import talk_opening
from windward.models import Model
from windward.recipes.chat.conversation import ChatConfig, Conversation
from windward.recipes.chat.folder import RECORD, Folder
from windward.recipes.chat.record import ConversationError, Head, read_lines, title

_ID = re.compile(r"[0-9a-f]{16}")
_HEAD_BYTES = 256 * 1024
_SWEEP_SECONDS = 30.0


@dataclass(frozen=True)
class Summary:
    """A conversation in a list.

    Attributes:
        id: as `Conversations.get` takes it.
        title: its first words, on one line.
        changed: seconds since the epoch.
        problem: why it cannot be read; empty where it can.
    """

    id: str
    title: str
    changed: float
    problem: str = ""


class Conversations:
    """The conversations below `home`. All methods belong to one event loop.

    Args:
        home: made where it is missing.
        model: answers in all of them.
        config: what each may use.

    Raises:
        ConversationError: the folder cannot be made.
    """

    def __init__(self, home: Path, model: Model, config: ChatConfig | None = None) -> None:
        self.home, self.config = home, config or ChatConfig()
        self._model = model
        self._known: dict[str, Conversation] = {}
        self._summaries: dict[str, Summary] = {}
        self._sweeper: asyncio.Task[None] | None = None
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConversationError(f"the folder {home} cannot be made: {error.strerror}") from error

    @property
    def model(self) -> str:
        """Name of the model that answers."""
        return self._model.name

    def new(self) -> Conversation:
        """Begins a conversation.

        Raises:
            ConversationError: its folder cannot be written.
        """
        id = secrets.token_hex(8)
        opening = tuple(talk_opening(more=self.config.instructions))
        head = Head(id, self._model.name, time.time(), opening)
        folder = Folder(self.home / id)
        folder.create(head)
        return self._know(Conversation(folder, head, [], self._model, self.config, self._make_room))

    def get(self, id: str) -> Conversation:
        """A conversation by its id.

        Raises:
            ConversationError: there is none, or its file is damaged.
        """
        if id in self._known:
            return self._known[id]
        if not _ID.fullmatch(id) or not (self.home / id / RECORD).is_file():
            raise ConversationError(f"there is no conversation {id[:40]!r} in {self.home}")
        folder = Folder(self.home / id)
        head, entries = folder.load()
        if head.id != id:
            raise ConversationError(f"{folder.path / RECORD} is of conversation {head.id[:40]!r}")
        return self._know(Conversation(folder, head, entries, self._model, self.config, self._make_room))

    def listed(self, most: int = 200) -> list[Summary]:
        """The conversations, the last changed one first; damaged ones are among them, and say so."""
        found = []
        for path in self.home.iterdir():
            if _ID.fullmatch(path.name):
                with contextlib.suppress(FileNotFoundError):  # another process has just begun or removed it
                    found.append(((path / RECORD).stat().st_mtime, path.name))
        return [self._summary(id, changed) for changed, id in sorted(found, reverse=True)[:most]]

    async def _make_room(self, wanted: Conversation) -> None:
        """Sees to it that `wanted` may be awake: at the limit, the one that was not used for longest is closed.

        Raises:
            ConversationError: all the others are at work.
        """
        if self._sweeper is None:
            self._sweeper = asyncio.create_task(self._sweep())
        awake = [one for one in self._known.values() if one is not wanted and (one.awake or one.busy)]
        if len(awake) < self.config.live:
            return
        idle = [one for one in awake if not one.busy]
        if not idle:
            raise ConversationError(
                f"{len(awake)} conversations are at work, and no more may be: wait for one, or stop one"
            )
        await min(idle, key=lambda one: one.used_at).sleep()

    async def close_idle(self) -> None:
        """Closes the interpreters that nobody used for `config.idle_minutes`."""
        limit = time.monotonic() - 60 * self.config.idle_minutes
        for one in list(self._known.values()):
            if one.awake and not one.busy and one.used_at < limit:
                await one.sleep()

    async def aclose(self) -> None:
        """Stops all answers and closes all interpreters and journals."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
            self._sweeper = None
        await asyncio.gather(*(one.sleep() for one in self._known.values()))

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            await self.close_idle()

    def _know(self, conversation: Conversation) -> Conversation:
        self._known[conversation.id] = conversation
        return conversation

    def _summary(self, id: str, changed: float) -> Summary:
        if id in self._known:
            return Summary(id, self._known[id].title, changed)
        known = self._summaries.get(id)
        if known is None or known.changed != changed:
            known = self._summaries[id] = self._read_summary(id, changed)
        return known

    def _read_summary(self, id: str, changed: float) -> Summary:
        record = self.home / id / RECORD
        try:
            with record.open("rb") as file:
                _, entries = read_lines(file.read(_HEAD_BYTES).decode(errors="replace"))
        except (ConversationError, OSError) as error:
            return Summary(id, f"damaged conversation {id}", changed, f"{record}: {error}")
        return Summary(id, title(entries), changed)
