"""The journal: one SQLite file in which every call is written before it is sent and every reply before it is read."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Coroutine, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii as quoted
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from windward.journal.errors import JournalError, explain
from windward.journal.flight import Flight
from windward.journal.index import CallIndex
from windward.journal.keys import lenient, storable
from windward.journal.ledger import Ledger, Spend
from windward.journal.lock import Lock
from windward.journal.schema import connect, connect_readonly
from windward.journal.writer import Writer
from windward.models.encoding import Received, canonical
from windward.models.protocol import Reply, Usage

FILE_NAME = "journal.sqlite"
"""Name of the journal in a run's folder."""

State = Literal["intent", "done", "failed", "uncertain"]

current_row: ContextVar[tuple[str, str]] = ContextVar("current_row", default=("", ""))
"""Stage and row on whose behalf calls are made; set by the runner, written beside each call."""

_INTENT = "INSERT INTO intents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_RESULT = "INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_OUTCOMES = (
    "SELECT row, input, state, value, error, detail, seconds FROM outcomes WHERE stage=? AND version=?"
)
_FIND = "SELECT key, number, state, started, reply, raw, prompt_tokens, completion_tokens, cost FROM attempts WHERE id=?"
_NOW_UNCERTAIN = """
    INSERT INTO results (id, state) SELECT id, 'uncertain' FROM intents AS i
    WHERE NOT EXISTS (SELECT 1 FROM results AS r WHERE r.id = i.id)
"""
_SPENT = """
    SELECT count(*),
        coalesce(sum(CASE WHEN state = 'uncertain' THEN reserved_tokens ELSE prompt_tokens + completion_tokens END), 0),
        coalesce(sum(CASE WHEN state = 'uncertain' THEN reserved_cost ELSE cost END), 0),
        coalesce(max(id), 0)
    FROM attempts
"""


@dataclass(frozen=True)
class Call:
    """The last attempt of a call, as stored. `reply` is there when `state` is `done`."""

    number: int
    state: State
    started: float
    reply: Reply | None


@dataclass(frozen=True)
class Failure:
    """Why an attempt failed: the text, the HTTP status if there was one, and the body as received."""

    error: str
    status: int | None = None
    raw: str | None = None


@dataclass(frozen=True)
class RowOutcome:
    """What a stage made of one row, as stored; `value` is JSON text."""

    state: Literal["done", "failed"]
    value: str | None = None
    error: str | None = None
    detail: str | None = None
    seconds: float = 0.0


class Journal:
    """The record of one run, in one SQLite file (WAL, `synchronous=FULL`), held by one process at a time.

    What is awaited here is on disk when the await returns, and survives a kill -9 or a power cut.

    Args:
        path: the file, or a folder in which it is called `journal.sqlite`; created where there is none.

    Raises:
        JournalInUseError: another process holds it.
        JournalError: damaged, foreign, of a newer version, or not writable.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = journal_path(path)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise JournalError(
                f"cannot make the folder of the journal {self.path}: {error.strerror}"
            ) from None
        self._lock = Lock(self.path)
        try:
            self._connection = connect(self.path)
            self._settle_accounts()
            self._reader = connect_readonly(self.path)
            self._writer = Writer(self._connection, self.path, replies=_RESULT)
        except BaseException:
            self._lock.release()
            raise
        self._last_of = CallIndex()
        for attempt, key in self._reader.execute("SELECT id, key FROM intents ORDER BY id"):
            self._last_of.put(key, attempt)
        self.flights: dict[str, Flight] = {}
        """Calls of this process that are under way, by key."""

    def _settle_accounts(self) -> None:
        """Marks what a dead process left open, and adds up what was spent so far."""
        try:
            self._connection.execute(_NOW_UNCERTAIN)
            calls, tokens, dollars, self._last_id = self._connection.execute(_SPENT).fetchone()
        except sqlite3.Error as error:
            self._connection.close()
            raise explain(error, self.path) from error
        self.ledger = Ledger(Spend(calls, tokens, dollars))

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Puts down what is left to write and gives the file free."""
        try:
            self._writer.close()
        finally:
            self._reader.close()
            self._connection.close()
            self._lock.release()

    def begin(self, key: str, buy: Callable[[Flight], Coroutine[Any, Any, Reply]]) -> Flight:
        """Starts a call, listed in `flights` until it ends."""
        flight = self.flights[key] = Flight(buy, lambda: self.flights.pop(key))
        return flight

    def find(self, key: str) -> Call | None:
        """The call stored under `key`, None if it was never sent."""
        last = self._last_of.get(key)
        if not last:
            return None
        ((stored, number, state, started, reply, raw, *usage),) = self._read(_FIND, (last,))
        if stored != key:
            raise JournalError(
                f"calls {stored} and {key} share their first 60 bits in {self.path}: use a new journal."
            )
        return Call(number, state, started, _reply(reply, raw, Usage(*usage)) if state == "done" else None)

    def intend(
        self, key: str, number: int, model: str, request: str, reserved: Spend
    ) -> tuple[int, asyncio.Future[None]]:
        """Writes that a call is about to be sent.

        Returns:
            The attempt's id, and a future that is done when the intent is on disk: send nothing before.
        """
        self._last_id += 1
        self._last_of.put(key, self._last_id)
        stage, row = current_row.get()
        values = (
            self._last_id, key, number, stage, row, model, time.time(), reserved.tokens, reserved.dollars, request,
        )  # fmt: skip
        return self._last_id, self._writer.submit(_INTENT, values)

    def settle(self, attempt: int, result: Reply | Failure, usage: Usage) -> asyncio.Future[None]:
        """Writes how an attempt ended, with the raw reply; the future is done when it is on disk."""
        if isinstance(result, Reply):
            reply, raw = _reply_texts(result)
            state, status, error = "done", None, None
        else:
            state, status, error = "failed", result.status, storable(result.error)
            reply, raw = None, storable(result.raw)
        values = (
            attempt, state, time.time(), usage.prompt_tokens, usage.completion_tokens, usage.cost, status, error, reply, raw,
        )  # fmt: skip
        return self._writer.submit(_RESULT, values)

    def outcomes(
        self, stage: str, version: str, rows: Sequence[str] | None = None
    ) -> dict[str, tuple[str, RowOutcome]]:
        """Stored outcomes of a stage at a version: row key to (digest of the row's content, outcome).

        Only those of `rows`, where they are given: a stage may have more than memory holds.
        """
        values: tuple[str, ...] = (stage, version)
        if rows is not None:
            values = (*values, json.dumps(rows))
        found = self._read(
            _OUTCOMES if rows is None else f"{_OUTCOMES} AND row IN (SELECT value FROM json_each(?))", values
        )
        return {
            row: (
                digest,
                RowOutcome(state, value, error, detail, seconds),
            )
            for row, digest, state, value, error, detail, seconds in found
        }

    def save_outcome(
        self, stage: str, row: str, version: str, digest: str, outcome: RowOutcome
    ) -> asyncio.Future[None]:
        """Stores what a stage made of a row; the future is done when it is on disk."""
        return self._writer.submit(
            "INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                stage, row, version, digest, outcome.state, outcome.value, storable(outcome.error),
                storable(outcome.detail), outcome.seconds, time.time(),
            ),
        )  # fmt: skip

    def save_parse(self, key: str, parser: str, version: str, ok: bool) -> asyncio.Future[None]:
        """Stores whether the reply to call `key` could be read."""
        return self._writer.submit(
            "INSERT OR REPLACE INTO parses VALUES (?, ?, ?, ?, ?, ?)",
            (key, parser, version, ok, *current_row.get()),
        )

    async def drain(self, seconds: float) -> int:
        """Gives calls in flight up to `seconds` to be stored.

        Returns:
            How many were not, and are uncertain now.
        """
        sent = [flight.task for flight in self.flights.values() if flight.sent]
        if sent:
            await asyncio.wait(sent, timeout=seconds)
        return sum(flight.sent for flight in self.flights.values())

    def _read(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        try:
            return self._reader.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise explain(error, self.path) from error


def journal_path(path: str | Path) -> Path:
    """The journal's file for a path that is the file or its folder."""
    path = Path(path)
    return path / FILE_NAME if path.is_dir() or not path.suffix else path


def _reply_texts(reply: Reply) -> tuple[str, str | None]:
    """What we read out of a reply, and the reply as received (or its JSON, of a model that keeps no text)."""
    logprobs = "null" if reply.logprobs is None else canonical(reply.logprobs)
    fields = (
        f'{{"finish":{quoted(reply.finish)},"logprobs":{logprobs},"model":{quoted(reply.model)},'
        f'"text":{quoted(reply.text)}}}'
    )
    raw = reply.raw
    return fields, raw.text if isinstance(raw, Received) else lenient(raw) if raw else None


def _reply(text: str, raw: str | None, usage: Usage) -> Reply:
    fields = json.loads(text)
    logprobs = fields["logprobs"]
    return Reply(
        text=fields["text"],
        finish=fields["finish"],
        usage=usage,
        logprobs=None if logprobs is None else tuple(logprobs),
        model=fields["model"],
        raw=json.loads(raw) if raw else {},
    )
