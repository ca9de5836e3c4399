"""What a journal holds, read without disturbing the run that writes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from windward.journal.errors import explain
from windward.journal.lock import is_held
from windward.journal.schema import connect_readonly
from windward.journal.store import journal_path


@dataclass(frozen=True)
class CallCounts:
    """Calls by their last attempt, and what all attempts used.

    Attributes:
        group: the model, or the stage ("" for calls outside any).
        done: calls with a stored reply.
        failed: calls whose last attempt failed.
        uncertain: calls sent, reply not stored, process dead; or sent, and the run is alive (`in flight`).
        attempts: requests sent in all.
        lost: attempts that are uncertain, also of calls that were done later: what may have been paid twice.
        tokens: prompt and completion tokens.
        cost: US dollars.
    """

    group: str
    done: int
    failed: int
    uncertain: int
    attempts: int
    lost: int
    tokens: int
    cost: float


@dataclass(frozen=True)
class RowCounts:
    """Rows of one stage, and replies that its parsers could not read."""

    stage: str
    done: int
    failed: int
    unreadable: int


@dataclass(frozen=True)
class Listed:
    """One call or row that needs a look."""

    what: str
    stage: str
    row: str
    model: str
    key: str
    error: str


@dataclass(frozen=True)
class Summary:
    """All of it.

    Attributes:
        running: whether a living process holds the journal: its uncertain calls are in flight.
    """

    path: str
    running: bool
    total: CallCounts
    models: tuple[CallCounts, ...]
    stages: tuple[CallCounts, ...]
    rows: tuple[RowCounts, ...]
    failed: tuple[Listed, ...]
    uncertain: tuple[Listed, ...]

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return asdict(self)


_LAST = """
    CREATE TEMP TABLE last (id INTEGER PRIMARY KEY);
    INSERT INTO last SELECT max(id) FROM intents GROUP BY key;
"""
_COUNTS = """
    SELECT model, stage, min(a.id),
        sum(state='done' AND l.id IS NOT NULL), sum(state='failed' AND l.id IS NOT NULL),
        sum(state IN ('intent', 'uncertain') AND l.id IS NOT NULL), count(*), sum(state IN ('intent', 'uncertain')),
        sum(prompt_tokens + completion_tokens), sum(cost)
    FROM attempts AS a LEFT JOIN last AS l ON l.id = a.id GROUP BY model, stage ORDER BY min(a.id)
"""
_ROWS = """
    SELECT stage, sum(kind='done'), sum(kind='failed'), sum(kind='unreadable') FROM (
        SELECT stage, state AS kind, finished FROM outcomes
        UNION ALL SELECT stage, CASE ok WHEN 1 THEN 'read' ELSE 'unreadable' END, NULL FROM parses
    ) GROUP BY 1 ORDER BY min(finished)
"""
_CALLS = """
    SELECT 'call', stage, row, model, key, coalesce(error, '') FROM last JOIN attempts USING (id)
    WHERE state IN ({states}) ORDER BY id
"""
_FAILED_ROWS = "SELECT 'row', stage, row, '', '', error FROM outcomes WHERE state='failed' ORDER BY finished"


def summarize(path: str | Path) -> Summary:
    """Reads the journal at `path` (the file, or a run's folder); it may be in use.

    Raises:
        JournalError: there is none, or it cannot be read.
    """
    file = journal_path(path)
    connection = connect_readonly(file)
    try:
        return _summarize(connection, file)
    except sqlite3.Error as error:
        raise explain(error, file) from error
    finally:
        connection.close()


def _summarize(connection: sqlite3.Connection, file: Path) -> Summary:
    connection.executescript(_LAST)
    counted = connection.execute(_COUNTS).fetchall()

    def listed(queries: Sequence[str]) -> tuple[Listed, ...]:
        return tuple(Listed(*row) for query in queries for row in connection.execute(query))

    return Summary(
        path=str(file),
        running=is_held(file),
        total=_add("", [row[3:] for row in counted]),
        models=_by([row[0] for row in counted], counted),
        stages=_by([row[1] for row in counted], counted),
        rows=tuple(RowCounts(*row) for row in connection.execute(_ROWS)),
        failed=listed([_FAILED_ROWS, _CALLS.format(states="'failed'")]),
        uncertain=listed([_CALLS.format(states="'intent', 'uncertain'")]),
    )


def _by(names: Sequence[str], counted: Sequence[Sequence[Any]]) -> tuple[CallCounts, ...]:
    """The counts added up by name, in the order in which the names first occur."""
    groups: dict[str, list[Sequence[Any]]] = {}
    for name, row in zip(names, counted, strict=True):
        groups.setdefault(name, []).append(row[3:])
    return tuple(_add(name, rows) for name, rows in groups.items())


def _add(name: str, rows: Sequence[Sequence[Any]]) -> CallCounts:
    done, failed, uncertain, attempts, lost, tokens, cost = (
        sum(column) for column in zip((0,) * 7, *rows, strict=True)
    )
    return CallCounts(name, done, failed, uncertain, attempts, lost, tokens, float(cost))
