"""A conversation's folder on disk.

```
<home>/<id>/conversation.jsonl   what happened, appended and synced line by line
            journal.sqlite       every call of the model
            uploads/             what the user gave, each as it was
            files/               the working folder as the last answer left it
            figures/             each figure as it was shown
```
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from windward.interpreter import FileInfo, Interpreter, InterpreterError
from windward.recipes.chat.record import ConversationError, Entry, Head, entry_line, head_line, read_lines

RECORD = "conversation.jsonl"
MOST_FILES = 500
_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_FIGURE = 8 * 1024 * 1024
_MOST_SIDE = 8_000


class Folder:
    """The files of one conversation; every path in it is made by us or was listed, none is a client's.

    Attributes:
        path: where.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: dict[str, FileInfo] = {}

    # -- what happened -------------------------------------------------------------------------------

    def create(self, head: Head) -> None:
        """Makes the folder and the first line.

        Raises:
            ConversationError: it cannot be written.
        """
        with self._writing():
            self.path.mkdir(parents=True, mode=0o700)
            for part in ("uploads", "files", "figures"):
                (self.path / part).mkdir()
            self._append(head_line(head))

    def load(self) -> tuple[Head, list[Entry]]:
        """What happened so far; what a killed process left of a last line is cut off.

        Raises:
            ConversationError: it cannot be read, or is damaged.
        """
        record = self.path / RECORD
        try:
            data = record.read_bytes()
            head, entries = read_lines(data.decode())
            if (whole := data.rfind(b"\n") + 1) < len(data):
                os.truncate(record, whole)
        except (OSError, ValueError) as error:
            raise ConversationError(f"{record} cannot be read: {error}") from error
        except ConversationError as error:
            raise ConversationError(
                f"{record}: {error}. It was left as it is: repair that line, or move the folder away"
            ) from error
        return head, entries

    def append(self, entry: Entry) -> None:
        """Puts an entry on disk, synced.

        Raises:
            ConversationError: it cannot be written.
        """
        with self._writing():
            self._append(entry_line(entry, time.time()))

    def _append(self, line: str) -> None:
        with (self.path / RECORD).open("ab") as file:
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ConversationError(
                f"{self.path} cannot be written: {error.strerror or error}. Look at the disk and its permissions"
            ) from error

    # -- files of the user ---------------------------------------------------------------------------

    def keep_upload(self, number: int, name: str, data: bytes) -> str:
        """Keeps what the user gave, and returns as what.

        Raises:
            ConversationError: it cannot be written.
        """
        kept = f"{number:03}-{name}"
        with self._writing():
            (self.path / "uploads" / kept).write_bytes(data)
        return kept

    def upload(self, kept: str) -> bytes:
        """A kept upload.

        Raises:
            ConversationError: it is gone, or was never one.
        """
        if "/" in kept or kept.startswith("."):
            raise ConversationError(f"{kept[:80]!r} is not the name of an upload in {self.path}")
        try:
            return (self.path / "uploads" / kept).read_bytes()
        except OSError as error:
            raise ConversationError(f"an upload is gone: {error}") from error

    def upload_sizes(self) -> list[int]:
        """Bytes of each kept upload."""
        return [path.stat().st_size for path in (self.path / "uploads").iterdir()]

    # -- files of the episode ------------------------------------------------------------------------

    def save(self, session: Interpreter, most_bytes: int) -> list[str]:
        """Copies the session's working folder to `files/`, small files first; what is unchanged is not read again.

        Returns:
            The paths that were left out for their size or their number.

        Raises:
            InterpreterError: the session does not answer.
            ConversationError: the disk does not take them.
        """
        found = session.list_files(most=2 * MOST_FILES)
        fit, total = list[FileInfo](), 0
        for info in sorted(found, key=lambda info: (info.size, info.path)):
            total += info.size
            if total > most_bytes or len(fit) >= MOST_FILES:
                break
            fit.append(info)
        names = {info.path for info in fit}
        with self._writing():
            for path in set(self.saved()) - names:
                (self.path / "files" / path).unlink()
                self._seen.pop(path, None)
            for info in fit:
                if self._seen.get(info.path) != info:
                    self._put(info.path, session.read_file(info.path))
                    self._seen[info.path] = info
        return [info.path for info in found if info.path not in names]

    def save_one(self, path: str, data: bytes) -> None:
        """Puts one file into `files/`.

        Raises:
            ConversationError: the disk does not take it.
        """
        with self._writing():
            self._put(path, data)

    def _put(self, path: str, data: bytes) -> None:
        target = self.path / "files" / path
        for above in reversed(target.relative_to(self.path).parents[:-1]):
            if (self.path / above).is_file():  # what was a file is a folder now
                (self.path / above).unlink()
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            _remove_empty(target)
        half = target.with_name(f".{os.getpid()}.half")
        half.write_bytes(data)
        half.replace(target)

    def saved(self) -> dict[str, int]:
        """The files in `files/` by path, with their sizes; links, which are none of ours, are left out."""
        root = self.path / "files"
        found = {}
        for at, _, names in os.walk(root):
            for name in names:
                path = Path(at) / name
                if not name.startswith(".") and path.is_file() and not path.is_symlink():
                    found[path.relative_to(root).as_posix()] = path.stat().st_size
        return dict(sorted(found.items()))

    def saved_file(self, path: str) -> Path:
        """Where a saved file lies.

        Raises:
            ConversationError: there is none of exactly this path.
        """
        if path not in self.saved():
            raise ConversationError(f"there is no file {path[:80]!r} in this conversation")
        return self.path / "files" / path

    def restore(self, session: Interpreter) -> list[str]:
        """Puts the saved files into a new session's working folder; returns those that it did not take."""
        missing = []
        for path in self.saved():
            try:
                session.write_file(path, (self.path / "files" / path).read_bytes())
            except (InterpreterError, OSError):
                missing.append(path)  # told by who asked
        return missing

    # -- figures -------------------------------------------------------------------------------------

    def keep_figures(self, session: Interpreter, number: int, paths: tuple[str, ...]) -> tuple[str, ...]:
        """Keeps the figures of a step under names of ours; what is no PNG of a sane size is left out."""
        kept = []
        for place, path in enumerate(paths, start=1):
            try:
                data = session.read_file(path)
            except InterpreterError:
                continue  # the code took it away again; it is missing from the working folder, too
            if _is_picture(data):
                kept.append(f"{number:03}-{place}.png")
                with self._writing():
                    (self.path / "figures" / kept[-1]).write_bytes(data)
        return tuple(kept)

    def figure(self, kept: str) -> Path:
        """Where a kept figure lies.

        Raises:
            ConversationError: there is none of this name.
        """
        stem, _, ending = kept.partition(".")
        path = self.path / "figures" / kept
        if ending != "png" or not stem.replace("-", "").isdigit() or not path.is_file():
            raise ConversationError(f"there is no figure {kept[:80]!r} in this conversation")
        return path


def _is_picture(data: bytes) -> bool:
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    return (
        data.startswith(_PNG)
        and data[12:16] == b"IHDR"
        and len(data) <= _MOST_FIGURE
        and 0 < width <= _MOST_SIDE
        and 0 < height <= _MOST_SIDE
    )


def _remove_empty(folder: Path) -> None:
    """Removes a folder whose files were removed already, with the empty ones in it."""
    for at, _, _ in os.walk(folder, topdown=False):
        os.rmdir(at)
