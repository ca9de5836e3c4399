"""What `windward serve` costs beside the agent alone: CPU and wall milliseconds a request, with a scripted model.

    python benchmarks/serving.py --requests 200

The client is a process of its own and asks one request after the other; CPU is that of the server's process (the
interpreters' own processes not counted). `agent alone` is the same agent called in process: an interpreter opened
and closed, the same journal, no HTTP, no conversation kept.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp

from windward.agents import CELL_LIMITS, talk_opening
from windward.interpreter import Interpreter
from windward.journal import Journal, JournaledModel, run
from windward.models import Sampling, scripted
from windward.recipes.chat.answering import answer
from windward.recipes.serve.config import ServeConfig
from windward.recipes.serve.run import serving

WORDS = " ".join(f"word{i}" for i in range(100))
SAMPLED = Sampling(temperature=1.0, max_tokens=1_024)
CASES = {
    "words": ("say", {}),
    "words, streamed": ("say", {"stream": True}),
    "one turn of code": ("run", {}),
    "one turn of code, streamed": ("run", {"stream": True}),
}


def script(messages: list[dict[str, str]]) -> str:
    """A hundred words, behind one turn of code where the user asks to run."""
    return "I count.\n<execute>\nprint(6 * 7)\n</execute>" if messages[-1]["content"] == "run" else WORDS


async def ask(url: str, case: str, requests: int) -> None:
    """The client's process."""
    text, fields = CASES[case]
    body = {"messages": [{"role": "user", "content": text}], "temperature": 1} | fields
    async with aiohttp.ClientSession() as http:
        for _ in range(requests):
            async with http.post(f"{url}/chat/completions", json=body) as response:
                await response.read()
                assert response.status == 200


async def timed(work: Callable[[], Awaitable[object]], requests: int) -> tuple[float, float]:
    """CPU and wall milliseconds a request."""
    cpu, wall = time.process_time(), time.perf_counter()
    await work()
    return 1e3 * (time.process_time() - cpu) / requests, 1e3 * (time.perf_counter() - wall) / requests


async def client(url: str, case: str, requests: int) -> None:
    """Asks from another process."""
    process = await asyncio.create_subprocess_exec(sys.executable, __file__, "--ask", url, case, "--requests", str(requests))  # fmt: skip
    assert await process.wait() == 0


async def alone(case: str, requests: int, journal: Journal) -> None:
    """The agent without a server."""
    model = scripted(script)
    for number in range(requests):
        history = [*talk_opening(), {"role": "user", "content": CASES[case][0]}]
        session = await asyncio.to_thread(Interpreter, CELL_LIMITS)
        sampling = Sampling(temperature=1.0, max_tokens=1_024, seed=number)
        async for _ in answer(
            model, history, session, sampling=sampling, through=lambda m: JournaledModel(m, journal)
        ):
            pass
        await session.aclose()


async def main(requests: int) -> None:
    """Prints a line a case."""
    print(
        f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} CPUs, {requests} requests each; CPU ms · wall ms a request"
    )
    with tempfile.TemporaryDirectory() as folder, Journal(Path(folder) / "alone") as journal:
        for case in ("words", "one turn of code"):
            await alone(case, 5, journal)
        for case in ("words", "one turn of code"):
            cpu, wall = await timed(lambda case=case: alone(case, requests, journal), requests)
            print(f"agent alone, {case}: {cpu:.1f} · {wall:.1f}")
        config = ServeConfig("agent", port=0, requests_per_minute=10**9)
        async with serving(config, scripted(script), Path(folder) / "served") as (url, _):
            for case in CASES:
                await client(url, case, 5)
                cpu, wall = await timed(lambda case=case: client(url, case, requests), requests)
                print(f"served, {case}: {cpu:.1f} · {wall:.1f} (client's start included)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--ask", nargs=2, metavar=("URL", "CASE"))
    options = parser.parse_args()
    if options.ask:
        asyncio.run(ask(*options.ask, options.requests))
    else:
        run(main(options.requests))
