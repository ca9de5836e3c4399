"""An endpoint that writes tools for sums by a rule of the request alone: the same words get the same reply, after any kill.

    python toolset_build_endpoint.py LOG LATENCY

prints its port, then serves until it is killed. A line of LOG is written when a reply is out: what it was for, and its hash.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys

from aiohttp import web
from toolset_build_fakes import fence, request

from windward.models import Message


def reply_to(messages: list[Message], *, again: bool) -> str:
    """What is said; one problem in five is answered in prose at first."""
    kind, problem = request(messages)
    if kind == "choice":
        return "The second.\nKEEP: 2"
    found = re.fullmatch(r"What is (\d+) \+ (\d+)\?", problem)
    assert found is not None
    a, b = int(found[1]), int(found[2])
    if a % 5 == 0 and not again:
        return f"It is {a + b}, I would say."
    if kind == "function":
        return fence(f"def solve():\n    return {a} + {b if a % 4 else b + 1}")
    if kind == "call":
        return fence("print(solve())")
    return fence(f"def add_{b % 3}(x{a}, y):\n    return x{a} + y", f"print(add_{b % 3}({a}, {b}))")


def serve(log: str, latency: float) -> web.Application:
    """The endpoint as an application."""
    file = open(log, "a", buffering=1)  # noqa: SIM115

    async def chat(asked: web.Request) -> web.Response:
        body = await asked.json()
        await asyncio.sleep(latency)
        messages = body["messages"]
        text = reply_to(messages, again=body.get("temperature", 0) > 0.5)
        told = json.dumps([body["model"], body["temperature"], messages])
        file.write(f"{request(messages)[0]} {hashlib.sha256(told.encode()).hexdigest()[:16]}\n")
        choice = {"message": {"content": text}, "finish_reason": "stop"}
        return web.json_response(
            {"choices": [choice], "usage": {"prompt_tokens": 100, "completion_tokens": 20}}
        )

    app = web.Application(client_max_size=1 << 26)
    app.router.add_post("/v1/chat/completions", chat)
    return app


async def main(log: str, latency: str) -> None:
    """Serves on a free port."""
    runner = web.AppRunner(serve(log, float(latency)), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
