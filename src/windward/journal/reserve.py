"""Room kept on disk for replies that are in flight when the disk fills up."""

from __future__ import annotations

import os
from pathlib import Path

from windward.journal.errors import JournalError, JournalFullError

BYTES = 4 << 20
"""Enough for the replies of some hundred calls."""


class Reserve:
    """A file beside the journal that takes up `BYTES` until they are needed.

    Raises:
        JournalFullError: there is not even that much room.
    """

    def __init__(self, journal: Path) -> None:
        self._path = journal.with_name(journal.name + ".reserve")
        try:
            with self._path.open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, BYTES)
        except OSError as error:
            self._path.unlink(missing_ok=True)
            kind = JournalFullError if "space" in str(error.strerror) else JournalError
            raise kind(
                f"cannot set {BYTES >> 20} MiB aside for the journal {journal} ({error.strerror}): free some space"
            ) from None

    def release(self) -> None:
        """Gives the room free; does nothing the second time."""
        self._path.unlink(missing_ok=True)
