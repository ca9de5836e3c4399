"""Conversations for tests: a home of their own, a model with a script."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from windward.recipes.chat.conversation import ChatConfig, Conversation
from windward.recipes.chat.record import Did, Over
from windward.recipes.chat.script import Script
from windward.recipes.chat.store import Conversations

COUNT = "I count.\n<execute>\nx = 41\nprint(x + 1)\n</execute>"
PLOT = (
    "<execute>\nimport matplotlib.pyplot as plt\nplt.plot([1, 4, 9])\nopen('squares.txt', 'w').write('1 4 9')\n"
    "</execute>"
)


@contextlib.asynccontextmanager
async def opened(home: Path, *replies: str, model=None, **config) -> AsyncIterator[Conversations]:
    """The conversations of a home, closed afterwards."""
    store = Conversations(home, model or Script(replies, pause=0), ChatConfig(**config))
    try:
        yield store
    finally:
        await store.aclose()


async def talk(conversation: Conversation, text: str) -> Over:
    """Says something, waits for the end of the answer, and returns it."""
    conversation.say(text)
    return await heard(conversation)


async def heard(conversation: Conversation) -> Over:
    """The end of the answer that is under way."""
    async for _ in conversation.events():
        pass
    return [entry for entry in conversation.entries if isinstance(entry, Over)][-1]


def steps(conversation: Conversation):
    """What the agent did."""
    return [entry.step for entry in conversation.entries if isinstance(entry, Did)]
