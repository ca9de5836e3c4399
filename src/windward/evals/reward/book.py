"""What was computed before, by key: a JSONL file that a killed run goes on from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class BookError(ValueError):
    """The file is damaged; the message says where and what to do."""


class Book:
    """Values by key, one a line, each on disk as soon as it is known.

    Attributes:
        path: the file; made with the first value.
    """

    def __init__(self, path: Path) -> None:
        """Reads what is there; a last line that a killed run left half-written is cut off.

        Raises:
            BookError: a line before the last cannot be read.
        """
        self.path = path
        self._known: dict[str, Any] = {}
        if path.is_file():
            self._read()

    def __contains__(self, key: str) -> bool:
        return key in self._known

    def __getitem__(self, key: str) -> Any:
        return self._known[key]

    def put(self, key: str, value: Any) -> None:
        """Stores a value of plain JSON types."""
        self.put_all({key: value})

    def put_all(self, values: dict[str, Any]) -> None:
        """Stores several values, written together."""
        lines = "".join(
            json.dumps({"key": key, "value": value}, allow_nan=False) + "\n" for key, value in values.items()
        )
        with self.path.open("a", encoding="utf-8") as file:
            file.write(lines)
        self._known.update(values)

    def _read(self) -> None:
        content = self.path.read_bytes()
        whole, _, torn = content.rpartition(b"\n")
        if torn:
            with self.path.open("r+b") as file:
                file.truncate(len(content) - len(torn))
        for number, line in enumerate(whole.split(b"\n"), start=1):
            if not line:
                continue
            try:
                row = json.loads(line)
                self._known[row["key"]] = row["value"]
            except (ValueError, KeyError, TypeError) as error:
                raise BookError(
                    f"{self.path}, line {number} is damaged ({error!r}): remove the line, it is computed again"
                ) from error
