"""The journal's file: its tables, its version, and the checks made before it is trusted."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from windward.journal.errors import JournalError, explain

VERSION = 1
APPLICATION = 0x57494E44
"""`WIND`, SQLite's application id of our files."""

TABLES = """
-- What was about to be sent. Written before it is sent, and never changed.
CREATE TABLE intents (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    number INTEGER NOT NULL,
    stage TEXT NOT NULL,
    row TEXT NOT NULL,
    model TEXT NOT NULL,
    started REAL NOT NULL,
    reserved_tokens INTEGER NOT NULL,
    reserved_cost REAL NOT NULL,
    request TEXT NOT NULL
);
-- What came of it. Written before it is read, and never changed. uncertain: its process died before there was any.
CREATE TABLE results (
    id INTEGER PRIMARY KEY REFERENCES intents,
    state TEXT NOT NULL CHECK (state IN ('done', 'failed', 'uncertain')),
    finished REAL,
    prompt_tokens INTEGER NOT NULL DEFAULT 0,
    completion_tokens INTEGER NOT NULL DEFAULT 0,
    cost REAL NOT NULL DEFAULT 0,
    status INTEGER,
    error TEXT,
    reply TEXT,
    raw TEXT
);
-- Both together. intent: in flight, or its process died and no other has opened the journal since.
CREATE VIEW attempts AS
    SELECT i.id, key, number, coalesce(state, 'intent') AS state, stage, row, model, started, finished,
        reserved_tokens, reserved_cost, coalesce(prompt_tokens, 0) AS prompt_tokens,
        coalesce(completion_tokens, 0) AS completion_tokens, coalesce(cost, 0) AS cost, status, error, request, reply,
        raw
    FROM intents AS i LEFT JOIN results AS r ON r.id = i.id;
-- The last attempt of each call.
CREATE VIEW calls AS
    SELECT * FROM attempts WHERE id IN (SELECT max(id) FROM intents GROUP BY key);
-- The outcome of each row of a stage.
CREATE TABLE outcomes (
    stage TEXT NOT NULL,
    row TEXT NOT NULL,
    version TEXT NOT NULL,
    input TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('done', 'failed')),
    value TEXT,
    error TEXT,
    detail TEXT,
    seconds REAL NOT NULL,
    finished REAL NOT NULL,
    PRIMARY KEY (stage, row)
);
-- Whether each reply could be read, and by which version of which parser.
CREATE TABLE parses (
    key TEXT NOT NULL,
    parser TEXT NOT NULL,
    version TEXT NOT NULL,
    ok INTEGER NOT NULL,
    stage TEXT NOT NULL,
    row TEXT NOT NULL,
    PRIMARY KEY (key, parser)
);
"""


def connect(path: Path) -> sqlite3.Connection:
    """Opens the journal at `path` for writing, creating it where there is none.

    Raises:
        JournalError: damaged, not a journal, of a newer version, or not writable.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
    except sqlite3.Error as error:
        raise explain(error, path) from error
    try:
        if _is_new(connection):
            _create(connection)
        check(connection, path)
        _check_pages(connection)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        # A larger log is copied into the file less often; it is emptied when the run ends.
        connection.execute("PRAGMA wal_autocheckpoint=4000")
    except sqlite3.Error as error:
        connection.close()
        raise explain(error, path) from error
    except JournalError:
        connection.close()
        raise
    return connection


def connect_readonly(path: Path) -> sqlite3.Connection:
    """Opens an existing journal to read, also while a run is writing it.

    Raises:
        JournalError: there is none at `path`, or it is damaged, foreign or of a newer version.
    """
    if not path.is_file():
        raise JournalError(f"there is no journal at {path}: give the folder of a run.")
    connection = None
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0)
        check(connection, path)
    except (sqlite3.Error, JournalError) as error:
        if connection is not None:
            connection.close()
        if isinstance(error, sqlite3.Error):
            raise explain(error, path) from error
        raise
    return connection


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Refuses what is not a journal of a version that we know.

    Raises:
        JournalError: what it is instead, and what to do.
        sqlite3.DatabaseError: not an SQLite file at all.
    """
    if _pragma(connection, "application_id") != APPLICATION:
        raise JournalError(f"{path} is an SQLite file of another program, no journal; it was left as it is.")
    version = _pragma(connection, "user_version")
    if version != VERSION:
        raise JournalError(
            f"the journal {path} has format {version} and this Windward reads {VERSION}: "
            "use the Windward that wrote it, or start a new run in another folder."
        )


def _check_pages(connection: sqlite3.Connection) -> None:
    """Reads the whole file once: damage is found before money is spent, not in the middle of a run."""
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(f"malformed: {found}")


def _is_new(connection: sqlite3.Connection) -> bool:
    empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    return empty and _pragma(connection, "application_id") == 0


def _create(connection: sqlite3.Connection) -> None:
    connection.executescript(
        f"BEGIN; {TABLES} PRAGMA application_id={APPLICATION}; PRAGMA user_version={VERSION}; COMMIT;"
    )


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
