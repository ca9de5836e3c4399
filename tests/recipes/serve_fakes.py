"""A served agent whose model does what the user says: the user's words are the code that it runs."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp

from windward.models import Message, scripted
from windward.recipes.serve.config import ServeConfig
from windward.recipes.serve.run import serving
from windward.recipes.serve.sessions import Sessions


def obedient(messages: Sequence[Message]) -> str:
    """Runs what the user wrote, then says what that showed."""
    last = messages[-1]["content"]
    if "Observation:\n" in last:
        return f"It showed {last.rpartition('Observation:' + chr(10))[2]}"
    last = last.rpartition("(Your answer was stopped here.)")[2].strip()
    if last.startswith("say "):
        return last.removeprefix("say ")
    return f"I run it.\n<execute>\n{last}\n</execute>"


class Served:
    """A running server, and how to ask it."""

    def __init__(self, url: str, sessions: Sessions, http: aiohttp.ClientSession, model: Any) -> None:
        self.url, self.sessions, self.http, self.model = url, sessions, http, model

    async def post(self, body: Any, token: str = "", **options: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        sent = (
            {"data": body, "headers": {"Content-Type": "application/json"} | headers}
            if isinstance(body, bytes)
            else {"json": body, "headers": headers}
        )
        async with self.http.post(f"{self.url}/chat/completions", **sent, **options) as response:
            text = await response.text()
            return response.status, json.loads(text) if response.content_type == "application/json" else text

    async def ask(self, messages: list[dict[str, str]], token: str = "", **fields: Any) -> dict[str, Any]:
        status, body = await self.post({"messages": messages} | fields, token)
        assert status == 200, body
        return body

    async def say(
        self, messages: list[dict[str, str]], text: str, token: str = "", **fields: Any
    ) -> list[dict[str, str]]:
        """The conversation with the user's words and the answer to them."""
        messages = [*messages, {"role": "user", "content": text}]
        body = await self.ask(messages, token, **fields)
        return [*messages, {"role": "assistant", "content": body["choices"][0]["message"]["content"]}]

    async def settled(self, kept: int) -> None:
        """Waits until only so many interpreters are open."""
        for _ in range(400):
            if self.sessions.open == kept:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{self.sessions.open} interpreters are open, not {kept}")


@contextlib.asynccontextmanager
async def served(out: Path, model: Any = None, **options: Any) -> AsyncIterator[Served]:
    model = model if model is not None else scripted(obedient)
    config = ServeConfig(**({"model": "agent", "port": 0} | options))
    async with serving(config, model, out) as (url, sessions), aiohttp.ClientSession() as http:
        yield Served(url, sessions, http, model)
