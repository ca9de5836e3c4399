"""One process a journal, so that two runs never buy the same call side by side."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from windward.journal.errors import JournalError, JournalInUseError

_held_here: set[Path] = set()


class Lock:
    """Holds `<journal>.lock` until `release`, or until the process dies in whatever way.

    A record lock, not `flock`: forked children (interpreters, data loaders) must not inherit it and so
    keep a dead run's journal closed. Record locks do not see a second holder in one process; `_held_here` does.
    """

    def __init__(self, journal: Path) -> None:
        self._path = journal.with_name(journal.name + ".lock")
        if self._path in _held_here:
            raise JournalInUseError(
                f"the journal {journal} is already open in this process: share that Journal."
            )
        self._file = self._acquire(journal)
        _held_here.add(self._path)

    def _acquire(self, journal: Path) -> int:
        patience = 3
        while True:
            file = _open(self._path)
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if patience := patience - 1:  # it may only be `is_held` looking
                    os.close(file)
                    time.sleep(0.05)
                    continue
                owner = os.read(file, 32).decode(errors="replace").strip()
                os.close(file)
                raise JournalInUseError(
                    f"the journal {journal} is in use by process {owner or '(unknown)'}: wait for that run to end, "
                    "or stop it; nothing was changed."
                ) from None
            if _is_file_at(file, self._path):
                os.ftruncate(file, 0)
                os.write(file, f"{os.getpid()}\n".encode())
                return file
            os.close(file)  # its last holder removed it between our open and our lock

    def release(self) -> None:
        """Gives the journal free; does nothing the second time."""
        if self._path in _held_here:
            _held_here.discard(self._path)
            self._path.unlink(missing_ok=True)
            os.close(self._file)


def is_held(journal: Path) -> bool:
    """Whether a living process holds the journal."""
    path = journal.with_name(journal.name + ".lock")
    if path in _held_here:
        return True
    if not path.exists():
        return False
    with path.open("rb+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise JournalError(f"cannot write beside the journal: {path}: {error.strerror}") from None


def _is_file_at(file: int, path: Path) -> bool:
    try:
        return os.fstat(file).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False
