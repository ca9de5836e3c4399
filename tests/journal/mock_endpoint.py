"""A chat endpoint that keeps a log of what it served, and fails a part of its calls in four ways.

    python mock_endpoint.py LOG FAULTS LATENCY

prints its port, then serves until it is killed. A line of LOG is `asked <prompt>` when a call arrives and
`served <prompt>` once a whole good reply is written: what an endpoint would charge for.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys

from aiohttp import web


def answer(prompt: str) -> str:
    return f"answer to {prompt}"


class Endpoint:
    """One run of the server; the faults are drawn from a seed, call by call."""

    def __init__(self, log: str, faults: float, latency: float) -> None:
        self.log = open(log, "a", buffering=1)  # noqa: SIM115
        self.faults = faults
        self.latency = latency
        self.random = random.Random(0)

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        prompt = (await request.json())["messages"][-1]["content"]
        self.log.write(f"asked {prompt}\n")
        fault = (
            self.random.choice(["429", "500", "cut", "text"]) if self.random.random() < self.faults else ""
        )
        await asyncio.sleep(self.latency * self.random.uniform(0.5, 1.5))
        body = json.dumps(
            {
                "choices": [{"message": {"content": answer(prompt)}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 10, "completion_tokens": 5},
            }
        )
        if fault == "429":
            return web.Response(status=429, text='{"error": "slow down"}', headers={"Retry-After": "0"})
        if fault == "500":
            return web.Response(status=500, text="oops")
        if fault == "cut":
            return await _cut(request, body)
        if fault == "text":
            return web.Response(text="<html>hello</html>")
        self.log.write(f"served {prompt}\n")
        return web.Response(text=body, content_type="application/json")


async def _cut(request: web.Request, body: str) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(len(body))})
    await response.prepare(request)
    await response.write(body[: len(body) // 2].encode())
    if request.transport is not None:
        request.transport.close()
    return response


async def main(log: str, faults: str, latency: str) -> None:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", Endpoint(log, float(faults), float(latency)))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
