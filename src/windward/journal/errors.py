"""What can go wrong with a journal, said so that a reader knows what, where and what to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from windward.models.protocol import ModelError


class JournalError(Exception):
    """The journal cannot be opened, read or written; a run stops here, and what was stored stays stored."""


class JournalInUseError(JournalError):
    """Another process (or another `Journal` object of this one) holds the same journal."""


class JournalFullError(JournalError):
    """There is no room left for the journal."""


class BudgetError(Exception):
    """A budget is used up; nothing is lost, and the same run with a higher budget goes on from here."""


class UncertainCallError(ModelError):
    """A call was sent by a process that died, nobody knows whether it was paid, and the policy is `hold`."""


def explain(error: Exception, path: Path) -> JournalError:
    """Turns an error about the journal at `path` into one that says what to do."""
    text = str(error)
    if not isinstance(error, sqlite3.Error):
        return JournalError(f"cannot write this to the journal {path}: {type(error).__name__}: {text}")
    if "full" in text:
        return JournalFullError(
            f"no room to write the journal {path} ({text}). Everything stored so far is safe: "
            "free some space and run the same command again."
        )
    if "not a database" in text or "malformed" in text:
        return JournalError(
            f"the journal {path} is damaged or no journal ({text}). It was left as it is: move it away to start "
            f"afresh, or save what can be read with `sqlite3 {path} .recover`."
        )
    if "locked" in text:
        return JournalInUseError(
            f"the journal {path} is locked by another program ({text}): close that first."
        )
    if "readonly" in text or "unable to open" in text:
        return JournalError(
            f"cannot open or write the journal {path} ({text}): check the folder and its permissions."
        )
    return JournalError(
        f"SQLite could not use the journal {path}: {text}. What was stored is safe; look at the disk."
    )
