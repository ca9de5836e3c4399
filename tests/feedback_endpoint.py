"""An endpoint that answers, judges and criticises by a hash of what it is told: the same words get the same reply, after any kill.

    python feedback_endpoint.py LOG LATENCY

prints its port, then serves until it is killed. A line of LOG is written when a call arrives and when its reply is out.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

CLUMSY = 10
"""One in so many first replies of a judge cannot be read."""


def reply_to(messages: Sequence[Mapping[str, Any]], *, again: bool = False, clumsy: int = CLUMSY) -> str:
    """What is said to messages; a judge who is asked `again` (not greedily) says it readably."""
    system, user = messages[0]["content"], messages[-1]["content"]
    chance = int(digest(messages), 16)
    if not again and chance % clumsy == 0 and system.startswith(("You judge", "You are a tutor")):
        return "I would rather not say."
    if system.startswith("You are a tutor"):
        return f"Say why, and give an example.\n\nOverall Score: {1 + chance // 7 % 10}"
    if not system.startswith("You judge"):
        return f"An answer of {chance % 97} words, more or less."
    count = max(int(label) for label in re.findall(r"Text (\d+)", user))
    kinds = "Type: 1\n" if "Type:" in user else ""
    return "\n\n".join(
        f"#### Text {label}\n{kinds}Rationale: It is what it is.\nRating: {1 + (chance >> label) % 5}"
        for label in range(1, count + 1)
    )


def digest(messages: Sequence[Mapping[str, Any]]) -> str:
    """16 hex digits of what was said."""
    told = json.dumps([message["content"] for message in messages])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def serve(log: str, latency: float) -> web.Application:
    """The endpoint as an application."""
    file = open(log, "a", buffering=1)  # noqa: SIM115

    async def chat(request: web.Request) -> web.Response:
        body = await request.json()
        again = body.get("temperature", 0) > 0
        call = f"{body['model']} {digest(body['messages'])} {int(again)}"
        file.write(f"asked {call}\n")
        await asyncio.sleep(latency)
        text = reply_to(body["messages"], again=again)
        file.write(f"served {call}\n")
        return web.json_response(
            {
                "choices": [{"message": {"content": text}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 100, "completion_tokens": len(text) // 4},
            }
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
