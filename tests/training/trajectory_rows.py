"""Conversations with tools, and which of their messages are learnt."""

from typing import Any

from windward.models import Message

SYSTEM: Message = {"role": "system", "content": "You solve tasks with Python."}


def exchange(number: int) -> list[Message]:
    return [
        {"role": "user", "content": f"Tom has {number} apples and buys {number + 1} more."},
        {"role": "assistant", "content": f"<execute>print({number} + {number + 1})</execute>"},
    ]


def talk(exchanges: int, *, system: bool = True) -> list[Message]:
    return [
        *([SYSTEM] if system else []),
        *(part for number in range(exchanges) for part in exchange(number)),
    ]


def of_assistant(messages: list[Message]) -> list[bool]:
    return [message["role"] == "assistant" for message in messages]


def row(exchanges: int, **changes: Any) -> dict[str, Any]:
    messages = talk(exchanges)
    return {"messages": messages, "learn": of_assistant(messages)} | changes
