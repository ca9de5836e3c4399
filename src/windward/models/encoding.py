"""Messages as JSON text, and JSON bodies that remember their text: what every call pays for is done once here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from windward.models.protocol import Message

# ASCII, because a model's text may hold a lone surrogate, which neither UTF-8 nor SQLite takes.
canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode
"""Any JSON value as the same text for the same value: sorted keys, no spaces, ASCII."""


def messages_text(messages: Sequence[Message]) -> str:
    """`messages` as canonical JSON.

    Raises:
        TypeError: they hold something that JSON does not.
    """
    return f"[{','.join([_message_text(message) for message in messages])}]"


def _message_text(message: Message) -> str:
    """The usual message is put together here, in a third of the time that a general encoder takes."""
    if len(message) == 2:
        content, role = message.get("content"), message.get("role")
        if isinstance(content, str) and isinstance(role, str):
            return f'{{"content":{quoted(content)},"role":{quoted(role)}}}'
    return canonical(message)


class Received(dict[str, Any]):
    """A JSON object and the text it was read from, so that the journal stores that text and not a copy of it.

    Attributes:
        text: the body as received.
    """

    __slots__ = ("text",)

    def __init__(self, payload: dict[str, Any], text: str) -> None:
        super().__init__(payload)
        self.text = text
