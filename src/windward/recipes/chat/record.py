"""What a conversation's file holds: one JSON line for each thing that happened. Pure: lines to entries and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from windward.agents import Step
from windward.agents.steps import step_from_dict
from windward.models import Message

VERSION = 1
_TITLE_CHARS = 60


class ConversationError(Exception):
    """A conversation cannot be read, kept or gone on with; the message says what, where and what to do."""


@dataclass(frozen=True)
class Head:
    """The first line.

    Attributes:
        id: made by us.
        model: name of the model at the start.
        created: seconds since the epoch.
        opening: the system message that every call of the conversation begins with.
    """

    id: str
    model: str
    created: float
    opening: tuple[Message, ...]


@dataclass(frozen=True)
class Said:
    """The user's words.

    Attributes:
        text: as they were said.
        sent: as the model got them, where a level was asked for: the words after the condition; "" where they are the same.
    """

    text: str
    sent: str = ""

    @property
    def asked(self) -> str:
        """The condition before the words, as it was sent."""
        return self.sent.removesuffix(self.text).strip()


@dataclass(frozen=True)
class Given:
    """The user put a file into the working folder.

    Attributes:
        name: as it lies there.
        kept: as it is kept beside the conversation, which an upload of the same name does not overwrite.
    """

    name: str
    kept: str


@dataclass(frozen=True)
class Did:
    """A turn of the agent.

    Attributes:
        step: what it did.
        model: who.
        figures: its figures as they are kept beside the conversation.
    """

    step: Step
    model: str
    figures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Over:
    """The agent's answer ended.

    Attributes:
        reason: why (`windward.agents.Ended`), or `failed`.
        text: what the model had written of an unfinished turn.
        code: what was being run when the answer was stopped.
        error: what was wrong, where that was the reason.
    """

    reason: str
    text: str = ""
    code: str = ""
    error: str = ""


@dataclass(frozen=True)
class Noted:
    """Something that user and model should know."""

    text: str


@dataclass(frozen=True)
class Judged:
    """The user says whether the conversation came to a good end; None takes it back."""

    success: bool | None


Entry = Said | Given | Did | Over | Noted | Judged
_KINDS: dict[str, type[Entry]] = {
    kind.__name__.lower(): kind for kind in (Said, Given, Did, Over, Noted, Judged)
}


def head_line(head: Head) -> str:
    """The first line of a conversation's file."""
    return _line({"kind": "conversation", "version": VERSION} | asdict(head))


def entry_line(entry: Entry, at: float) -> str:
    """An entry as a line; `at` is when, in seconds since the epoch."""
    return _line({"kind": type(entry).__name__.lower(), "at": round(at, 3)} | asdict(entry))


def read_lines(text: str) -> tuple[Head, list[Entry]]:
    """A conversation from its file's text; a last line without its end is what a killed process left, and is dropped.

    Raises:
        ConversationError: the text is none of ours; says which line.
    """
    whole, _, _ = text.rpartition("\n")
    lines = whole.split("\n")
    entries: list[Entry] = []
    head = None
    try:
        head = _head(json.loads(lines[0]))
        for line in lines[1:]:
            entries.append(_entry(json.loads(line)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        number = 1 if head is None else len(entries) + 2
        raise ConversationError(
            f"line {number} is damaged ({type(error).__name__}: {str(error)[:200]})"
        ) from error
    return head, entries


def title(entries: Sequence[Entry]) -> str:
    """The first words of a conversation, on one line."""
    for entry in entries:
        if isinstance(entry, Said) and (words := "".join(c if c.isprintable() else " " for c in entry.text)):
            line = " ".join(words.split())
            return line if len(line) <= _TITLE_CHARS else f"{line[:_TITLE_CHARS].rstrip()}…"
    given = next((entry.name for entry in entries if isinstance(entry, Given)), None)
    return given or "(empty)"


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row) + "\n"  # ASCII: a lone surrogate of a model or a file name is no trouble


def _head(row: dict[str, Any]) -> Head:
    if row["kind"] != "conversation":
        raise ValueError("it is not the head of a conversation")
    if row["version"] != VERSION:
        raise ValueError(f"it is of version {row['version']}, this windward reads {VERSION}")
    opening = tuple(Message(role=one["role"], content=str(one["content"])) for one in row["opening"])
    return Head(str(row["id"]), str(row["model"]), float(row["created"]), opening)


def _entry(row: dict[str, Any]) -> Entry:
    kind = _KINDS[row.pop("kind")]
    float(row.pop("at"))
    if kind is Did:
        return Did(step_from_dict(row["step"]), str(row["model"]), tuple(map(str, row["figures"])))
    entry = kind(**row)
    for name, value in asdict(entry).items():
        if not isinstance(value, str) and not (kind is Judged and value in (True, False, None)):
            raise TypeError(f"{name} is {type(value).__name__}")
    return entry
