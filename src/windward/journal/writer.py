"""Group commit: many writes, one transaction, one wait for the disk."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from windward.journal.errors import JournalError, JournalFullError, explain
from windward.journal.reserve import Reserve


class Write(NamedTuple):
    """One statement with its values, and the future that is set once it is durable."""

    sql: str
    values: Sequence[Any]
    durable: asyncio.Future[None]


class Writer:
    """Collects writes while the disk is busy with the last ones, then commits them together, in their order.

    Statements run on the event loop's thread and only the commit (the wait for the disk) on another: SQLite
    gives up the interpreter lock at every statement, and a thread would wait for it back each time.

    Args:
        connection: in autocommit mode, used by nobody else.
        path: its file, for errors.
        replies: the statement that stores a reply: all that is still written once the disk is full.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, replies: str) -> None:
        self._connection = connection
        self._path = path
        self._replies = replies
        self._reserve = Reserve(path)
        self._full: JournalError | None = None
        self._pending: list[Write] = []
        self._flusher: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="journal-commit")

    def submit(self, sql: str, values: Sequence[Any]) -> asyncio.Future[None]:
        """Queues one write.

        Returns:
            A future that is done when the write is on disk, or holds a JournalError.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._move_to(loop)
        durable: asyncio.Future[None] = loop.create_future()
        self._pending.append(Write(sql, values, durable))
        if self._flusher is None:
            self._flusher = loop.create_task(self._flush(), name="journal-flush")
        return durable

    def close(self) -> None:
        """Waits for a commit in progress; writes that nobody waited for any more are put down too."""
        self._committer.shutdown(wait=True)
        try:
            if self._connection.in_transaction:
                self._connection.commit()
            if self._pending:
                self._apply(self._pending)
                self._connection.commit()
        except sqlite3.Error as error:
            raise explain(error, self._path) from error
        finally:
            self._pending = []
            self._reserve.release()

    def _move_to(self, loop: asyncio.AbstractEventLoop) -> None:
        """A second `asyncio.run` may go on with a journal whose last loop ended in the middle of a commit."""
        if self._loop is not None and not self._loop.is_closed():
            raise JournalError(f"the journal {self._path} is in use by another running event loop.")
        self._committer.submit(lambda: None).result()
        if self._connection.in_transaction:
            self._connection.commit()
        self._loop = loop
        self._flusher = None
        left, self._pending = self._pending, []
        if left:
            self._apply(left)
            self._connection.commit()

    async def _flush(self) -> None:
        try:
            while self._pending:
                # Whoever waited for the last commit, or for the slot of a reply in this one, is up first: its write
                # goes along now and not a whole commit later.
                await asyncio.sleep(0)
                batch, self._pending = self._pending, []
                error = self._full or await self._commit(batch)
                if isinstance(error, JournalFullError):
                    self._full = error
                    self._reserve.release()
                if error is not None:
                    await self._commit_singly(batch)
        finally:
            self._flusher = None

    async def _commit(self, batch: Sequence[Write]) -> JournalError | None:
        """Puts `batch` on disk whole, or not at all; the error then."""
        loop = asyncio.get_running_loop()
        try:
            self._apply(batch)
            await loop.run_in_executor(self._committer, self._connection.commit)
        except Exception as error:
            if self._connection.in_transaction:
                self._connection.rollback()
            return explain(error, self._path)
        for write in batch:
            if not write.durable.done():
                write.durable.set_result(None)
        return None

    async def _commit_singly(self, batch: Sequence[Write]) -> None:
        """One bad write does not take others with it; on a full disk the reserve is for replies that were paid for."""
        for write in sorted(batch, key=lambda write: write.sql != self._replies):
            saves = self._full is None or write.sql == self._replies
            error = await self._commit([write]) if saves else self._full
            if error is not None and not write.durable.done():
                write.durable.set_exception(error)

    def _apply(self, batch: Sequence[Write]) -> None:
        """Runs the statements, those of one kind together.

        The order across kinds does not matter: the result of an attempt comes only after its intent was durable.
        """
        kinds: dict[str, list[Sequence[Any]]] = {}
        for write in batch:
            kinds.setdefault(write.sql, []).append(write.values)
        self._connection.execute("BEGIN IMMEDIATE")
        for sql, values in kinds.items():
            self._connection.executemany(sql, values)
