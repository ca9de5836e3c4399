"""The world of a task: tables that the tools write to, tables that they only read, and the numbers they give out."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeVar

Issued = TypeVar("Issued", int, str)
Missing = Literal["network_or_stubbed", "caption_data_missing"]

_READ_ONLY = frozenset(
    {
        "History",
        "ImageCaptioning",
        "QuestionAnswering",
        "SearchEngine",
        "SpeechRecognition",
        "Stock",
        "Symptom",
        "Wiki",
    }
)

TODAY = "2023-03-31"
"""The day in every recorded answer of `GetToday` (year-month-day)."""


class ToolError(ValueError):
    """A tool refuses a call; the message is for the model that made it."""


class UnavailableError(ToolError):
    """A tool needs what is not here: a service on the network, or data that are left out.

    Attributes:
        missing: which.
    """

    def __init__(self, message: str, missing: Missing) -> None:
        super().__init__(message)
        self.missing: Missing = missing


@dataclass
class World:
    """What the tools of one task act on; no two worlds share anything that can change.

    Attributes:
        tables: the tables that tools write to, by name; this world's own. All of the world's state is here.
        shelves: the tables that tools only read, shared with other worlds.
        promised: the next number or token that a tool gives out, where a record says which it was.
    """

    tables: dict[str, Any] = field(default_factory=dict)
    shelves: Mapping[str, Any] = field(default_factory=dict)
    promised: int | str | None = None

    def table(self, name: str) -> dict[str, Any]:
        """A table that may be written to; empty if the database has none of this name."""
        held: dict[str, Any] = self.tables.setdefault(name, {})
        return held

    def log(self, name: str) -> list[Any]:
        """A list of what went out of the world, such as sent mail."""
        held: list[Any] = self.tables.setdefault(name, [])
        return held

    def shelf(self, name: str) -> Mapping[str, Any]:
        """A table that is only read; empty if the database has none of this name."""
        held: Mapping[str, Any] = self.shelves.get(name, {})
        return held

    def user(self, token: str) -> str:
        """The name of the user to whom a token belongs.

        Raises:
            ToolError: it belongs to nobody.
        """
        for username, account in self.table("Account").items():
            if account["token"] == token:
                return str(username)
        raise ToolError("the token belongs to no user")

    def add(self, name: str, row: Mapping[str, Any]) -> str:
        """Appends a row to a table whose keys count up; returns its key."""
        table = self.table(name)
        key = str(max((int(key) for key in table if key.isdecimal()), default=0) + 1)
        table[key] = dict(row)
        return key

    def rows_of(self, name: str, username: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """A user's rows in a table, with their keys; the table may be changed meanwhile."""
        for key, row in list(self.table(name).items()):
            if row["username"] == username:
                yield key, row

    def issue(self, made: Issued) -> Issued:
        """The number or token that a tool gives out: the promised one if it is of that kind, else `made`."""
        promised, self.promised = self.promised, None
        return promised if isinstance(promised, type(made)) else made


def new_world(database: Mapping[str, Any]) -> World:
    """A world in the state of `database` (table by name), which it leaves as it is."""
    return World(
        tables={name: copy.deepcopy(table) for name, table in database.items() if name not in _READ_ONLY},
        shelves={name: table for name, table in database.items() if name in _READ_ONLY},
    )


def moment(text: str) -> str:
    """A point in time as the tables write it, `2023-03-16 07:00:00`.

    Raises:
        ToolError: the text is none.
    """
    return _time(text, "%Y-%m-%d %H:%M:%S", "2023-03-16 07:00:00")


def day(text: str) -> str:
    """A day as the tables write it, `2023-03-16`.

    Raises:
        ToolError: the text is none.
    """
    return _time(text, "%Y-%m-%d", "2023-03-16")


def alike(one: str, other: str) -> bool:
    """Whether two names are the same but for case and the space around them."""
    return one.strip().casefold() == other.strip().casefold()


def _time(text: str, form: str, example: str) -> str:
    try:
        # Years below 1000 lose their zeros in strftime, so they are put back.
        return datetime.strptime(text, form).strftime(form).rjust(len(example), "0")  # noqa: DTZ007
    except ValueError:
        raise ToolError(f"{text[:40]!r} is no time of the form {example}") from None
