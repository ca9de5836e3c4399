"""Several journals made into one: what machines did apart is one run in the end."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from windward.journal.errors import JournalError, explain
from windward.journal.schema import connect
from windward.journal.store import Journal, journal_path

_TABLES = """
    CREATE TEMP TABLE taken (
        key TEXT, number INTEGER, started REAL, source INTEGER, old INTEGER, done INTEGER, PRIMARY KEY (key, number, started)
    ) WITHOUT ROWID;
"""
_TAKE = """
    INSERT OR IGNORE INTO taken SELECT key, number, started, :source, id, :done FROM other.attempts
    WHERE (state = 'done') = :done ORDER BY id
"""
_NUMBER = """
    CREATE TEMP TABLE moved AS SELECT source, old, row_number() OVER (ORDER BY done, source, old) AS new FROM taken;
    CREATE INDEX temp.moved_by_old ON moved (source, old);
"""
_COPY = (
    """
    INSERT INTO main.intents SELECT new, key, number, stage, row, model, started, reserved_tokens, reserved_cost, request
    FROM moved JOIN other.intents ON id = old WHERE source = :source ORDER BY new
    """,
    """
    INSERT INTO main.results SELECT new, state, finished, prompt_tokens, completion_tokens, cost, status, error, reply, raw
    FROM moved JOIN other.results ON id = old WHERE source = :source ORDER BY new
    """,
    "INSERT OR IGNORE INTO main.parses SELECT * FROM other.parses",
)
_ROWS = "INSERT OR IGNORE INTO main.outcomes SELECT * FROM other.outcomes WHERE (state = 'done') = :done"


def merge_journals(sources: Sequence[str | Path], target: str | Path) -> Path:
    """Writes what several journals hold into a new one, whole or not at all.

    A call that several hold is one call. Where each of them bought it, both attempts are kept, for both were paid; the very
    same attempt (of a journal that was copied) is kept once. Attempts that have a reply come last, so that such a call has
    one. Of a row, the outcome that is a value comes before a failure, and an earlier source before a later one.

    Args:
        sources: journals, or the folders that hold them; none may be in use. One named twice is read once.
        target: file of the new journal, or its folder; one that is there is replaced.

    Returns:
        The file.

    Raises:
        JournalInUseError: a source is in use.
        JournalError: a source is not there or damaged, or the new one cannot be written.
    """
    files = list(dict.fromkeys(journal_path(source).resolve() for source in sources))
    for file in files:
        if not file.is_file():
            raise JournalError(f"there is no journal at {file}: give the folder of a run.")
    made = journal_path(target)
    part = made.with_name(made.name + ".part")
    _remove(part)
    with ExitStack() as held:
        for file in files:  # nobody writes meanwhile, and calls of a dead process are marked as uncertain
            held.enter_context(Journal(file))
        try:
            with closing(connect(part)) as connection:
                _merge(connection, files)
        except sqlite3.Error as error:
            raise explain(error, made) from error
    part.replace(made)
    return made


def _merge(connection: sqlite3.Connection, files: Sequence[Path]) -> None:
    connection.executescript(_TABLES)
    for done in (1, 0):
        for source, file in enumerate(files):
            _with(connection, file, (_TAKE, _ROWS), {"source": source, "done": done})
    connection.executescript(_NUMBER)
    for source, file in enumerate(files):
        _with(connection, file, _COPY, {"source": source})


def _with(
    connection: sqlite3.Connection, file: Path, statements: Sequence[str], values: dict[str, int]
) -> None:
    connection.execute("ATTACH ? AS other", (str(file),))
    connection.execute("BEGIN")
    for statement in statements:
        connection.execute(statement, values)
    connection.execute("COMMIT")
    connection.execute("DETACH other")


def _remove(part: Path) -> None:
    for name in (part.name, f"{part.name}-wal", f"{part.name}-shm"):
        part.with_name(name).unlink(missing_ok=True)
