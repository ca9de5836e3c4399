"""A reply that an OpenAI-compatible endpoint sends in pieces, put together into what it would have sent whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import aiohttp

from windward.models.openai_errors import Endpoint, broken_body, unusable
from windward.models.protocol import ModelError

DONE = "[DONE]"


class Lines:
    """Divides bytes into the data of server-sent events, wherever the network cut them."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[str] = []

    def feed(self, block: bytes) -> Iterator[str]:
        """The data of each event that is whole now; comments and other fields are left out."""
        *lines, self._rest = (self._rest + block).split(b"\n")
        for raw in lines:
            line = raw.rstrip(b"\r").decode(errors="replace")
            if line.startswith("data:"):
                self._data.append(line[5:].removeprefix(" "))
            elif not line and self._data:
                yield "\n".join(self._data)
                self._data = []

    def close(self) -> Iterator[str]:
        """The last event, of a server that does not end it with an empty line."""
        yield from self.feed(b"\n\n")


class Assembled:
    """The bytes of a stream, taken in as they come.

    Attributes:
        done: whether the endpoint said that it was all.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.done = False
        self._endpoint = endpoint
        self._blocks: list[bytes] = []
        self._lines = Lines()
        self._head: dict[str, Any] = {}
        self._parts: list[str] = []
        self._logprobs: list[Any] | None = None
        self._finish: str | None = None
        self._usage: Any = None

    def feed(self, block: bytes) -> Iterator[str]:
        """The text that each event of a block brings.

        Raises:
            ModelError: an event in it is no JSON, no chunk, or an error.
        """
        self._blocks.append(block)
        yield from map(self._text, self._lines.feed(block))

    def close(self) -> Iterator[str]:
        """The text of an event that was left open at the end.

        Raises:
            ModelError: it cannot be read, or the stream has ended before the reply.
        """
        yield from map(self._text, self._lines.close())
        if not self.done and self._finish is None:  # some servers leave the last mark out
            raise self.broken(aiohttp.ClientPayloadError("the stream ended before the reply"))

    def broken(self, cause: Exception) -> ModelError:
        """The error of a stream that cannot be read on."""
        return broken_body(self._endpoint, self.raw, cause)

    @property
    def raw(self) -> str:
        """All that came so far."""
        return b"".join(self._blocks).decode(errors="replace")

    @property
    def payload(self) -> dict[str, Any]:
        """The reply as it would have been sent whole."""
        choice: dict[str, Any] = {
            "index": 0,
            "message": {"role": "assistant", "content": "".join(self._parts)},
            "finish_reason": self._finish,
        }
        if self._logprobs is not None:
            choice["logprobs"] = {"content": self._logprobs}
        return self._head | {"object": "chat.completion", "choices": [choice], "usage": self._usage}

    def _text(self, data: str) -> str:
        if data.strip() == DONE:
            self.done = True
            return ""
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise self.broken(error) from error
        if not isinstance(chunk, dict) or chunk.get("error"):
            raise unusable(self._endpoint, chunk, self.raw)
        try:
            return self._take(chunk)
        except (KeyError, TypeError, AttributeError) as error:
            raise unusable(self._endpoint, chunk, self.raw) from error

    def _take(self, chunk: dict[str, Any]) -> str:
        for name in ("id", "created", "model"):
            if chunk.get(name) is not None:
                self._head.setdefault(name, chunk[name])
        self._usage = chunk.get("usage") or self._usage
        text = ""
        for choice in chunk["choices"]:
            if choice.get("index"):
                continue  # one was asked for
            piece = (choice.get("delta") or {}).get("content") or ""
            self._finish = choice.get("finish_reason") or self._finish
            tokens = (choice.get("logprobs") or {}).get("content")
            if tokens is not None:
                self._logprobs = self._logprobs or []
                self._logprobs.extend(tokens)
            text += piece
        self._parts.append(text)
        return text
