"""A model that plays a script, word by word: to show a conversation, and to test one, without a model."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from pathlib import Path

from windward.models import Message, ModelError, Reply, Sampling, scripted
from windward.models.streaming import OnText

_AT_END = "(The script is at its end.)"


class Script:
    """Says the n-th reply as the n-th message of the assistant, so that every conversation plays the whole script.

    Args:
        replies: in order.
        pause: seconds between two words.
    """

    def __init__(self, replies: Sequence[str], *, pause: float = 0.02) -> None:
        self._replies, self._pause = list(replies), pause
        self._model = scripted(self._next, name="script")

    @property
    def name(self) -> str:
        """`script`."""
        return self._model.name

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
    ) -> Reply:
        """The next reply, whole."""
        return await self._model.generate(messages, sampling, sample=sample)

    async def stream(
        self, messages: Sequence[Message], sampling: Sampling, on_text: OnText, *, sample: int = 0
    ) -> Reply:
        """The next reply, word by word."""
        reply = await self.generate(messages, sampling, sample=sample)
        for word in re.findall(r"\S+\s*|\s+", reply.text):
            on_text(word)
            await asyncio.sleep(self._pause)
        return reply

    def _next(self, messages: Sequence[Message]) -> str:
        number = sum(message["role"] == "assistant" for message in messages)
        return self._replies[number] if number < len(self._replies) else _AT_END


def read_script(path: Path) -> Script:
    """A script from a JSON file: a list of replies.

    Raises:
        ModelError: the file is none.
    """
    try:
        replies = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"the script {path} cannot be read: {error}") from error
    if not isinstance(replies, list) or not all(isinstance(reply, str) for reply in replies):
        raise ModelError(f"the script {path} is no JSON list of texts")
    return Script(replies)
