"""CPU per call and calls a second: ours (aiohttp and the journal, on disk before each step) against `AsyncOpenAI`.

    python benchmarks/journal.py [--small]

One mock endpoint in a process of its own answers every call after 50 ms. Each client runs in a process of its
own, 128 calls in flight, prompts of 0.7 kB, no two alike; its CPU time is that of the whole process, without
imports and the first 128 calls. `AsyncOpenAI` stores nothing and runs on asyncio's loop, as it does for its users (and
once more started like ours, for comparison); ours commits the intent and the reply of each call to disk, and starts its loop as
every Windward run does. Ours works on 160 rows at once, because a row waits for its reply to be on disk while the
slot it used is free already: `Limits` holds it to 128 calls in flight.
Rounds alternate between the clients; the median counts. The limit is 128 / 50 ms = 2,560 calls/s.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path

from windward.journal import run

IN_FLIGHT = 128
ROWS_AT_ONCE = 160
LATENCY = 0.05
BODY = json.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "mock",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "The answer is 42. " * 12},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 170, "completion_tokens": 60, "total_tokens": 230},
    }
).encode()
RESPONSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
)
Ask = Callable[[str], Awaitable[object]]
Measured = Coroutine[None, None, dict[str, float]]


class Server(asyncio.Protocol):
    """As little of HTTP/1.1 as both clients need, so that it leaves them the processor."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the way back."""
        self.transport = transport
        self.later = asyncio.get_running_loop().call_later
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        """Answers each whole request after the latency."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            at = head.index(b"content-length:") + 15
            length = int(head[at:].split(b"\r\n", 1)[0])
            if len(self.buffer) < end + 4 + length:
                return
            body, self.buffer = self.buffer[end + 4 : end + 4 + length], self.buffer[end + 4 + length :]
            self.answer(body)

    def answer(self, body: bytes) -> None:
        """Answers one request, whatever it asks."""
        self.later(LATENCY, self.transport.write, RESPONSE)


async def serve() -> None:
    """Prints its port, then serves until it is killed."""
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def measure(ask: Ask, calls: int, at_once: int = IN_FLIGHT) -> dict[str, float]:
    """Asks `calls` times, `at_once` at a time; CPU microseconds a call and calls a second."""
    await asyncio.gather(*(ask(f"warm up {i}") for i in range(IN_FLIGHT)))
    prompts: Iterator[str] = iter([f"{i} " + "word " * 140 for i in range(calls)])

    async def worker() -> None:
        for prompt in prompts:
            await ask(prompt)

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpu_us": cpu / calls * 1e6, "rate": calls / wall}


def ours(url: str, calls: int) -> Measured:
    """The endpoint behind the journal: what every Windward run does."""
    from windward.journal import Journal, JournaledModel, Limits
    from windward.models import OpenAICompatible, Sampling

    sampling = Sampling(temperature=0.7, max_tokens=64)

    async def main() -> dict[str, float]:
        with tempfile.TemporaryDirectory(dir=".") as folder, Journal(folder) as journal:
            limits = Limits(concurrency=IN_FLIGHT)
            model = JournaledModel(OpenAICompatible("mock", base_url=url), journal, limits)
            return await measure(
                lambda prompt: model.generate([{"role": "user", "content": prompt}], sampling),
                calls,
                ROWS_AT_ONCE,
            )

    return main()


def aiohttp_alone(url: str, calls: int) -> Measured:
    """The endpoint without the journal: what the journal adds to."""
    from windward.models import OpenAICompatible, Sampling

    sampling = Sampling(temperature=0.7, max_tokens=64)
    model = OpenAICompatible("mock", base_url=url)
    return measure(lambda prompt: model.generate([{"role": "user", "content": prompt}], sampling), calls)


def openai_sdk(url: str, calls: int) -> Measured:
    """The peer, its own retries off."""
    from openai import AsyncOpenAI

    client = AsyncOpenAI(base_url=url, api_key="x", max_retries=0)
    return measure(
        lambda prompt: client.chat.completions.create(
            model="mock", messages=[{"role": "user", "content": prompt}], temperature=0.7, max_tokens=64
        ),
        calls,
    )


CLIENTS = {
    "ours": ours,
    "ours without the journal": aiohttp_alone,
    "AsyncOpenAI": openai_sdk,
    "AsyncOpenAI, started like ours": openai_sdk,
}


def run_client(name: str, url: str, calls: int, server: int) -> dict[str, float]:
    """One client in a process of its own; also what it cost the server."""
    command = [sys.executable, __file__, "--client", name, "--url", url, "--calls", str(calls)]
    before = cpu_seconds(server)
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    spent = cpu_seconds(server) - before
    return json.loads(told.splitlines()[-1]) | {"server_us": spent / (calls + IN_FLIGHT) * 1e6}


def cpu_seconds(process: int) -> float:
    """CPU time of a process of one thread."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9


def compare(calls: dict[str, int], rounds: int) -> None:
    """Alternates the clients against one server, and reports."""
    server = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
        found: dict[str, list[dict[str, float]]] = {name: [] for name in CLIENTS}
        for _ in range(rounds):
            for name in CLIENTS:
                found[name].append(run_client(name, url, calls[name], server.pid))
    finally:
        server.kill()
        server.wait()
    report(found, calls, rounds)


def report(found: dict[str, list[dict[str, float]]], calls: dict[str, int], rounds: int) -> None:
    """Prints the medians and the ratio."""
    load = os.getloadavg()[0]
    print(
        f"{os.cpu_count()} cores for client and server together, load {load:.1f}; {rounds} rounds, medians (range)"
    )
    limit = IN_FLIGHT / LATENCY
    middle: dict[str, float] = {}
    share: dict[str, float] = {}
    for name, runs in found.items():
        cpu, rate = sorted(run["cpu_us"] for run in runs), sorted(run["rate"] for run in runs)
        middle[name] = statistics.median(cpu)
        share[name] = statistics.median(rate) / limit
        print(
            f"{name:30} n={calls[name]:6}  {middle[name]:7.0f} us CPU a call ({cpu[0]:.0f}-{cpu[-1]:.0f})"
            f"  {statistics.median(rate):6.0f} calls/s ({rate[0]:.0f}-{rate[-1]:.0f}),"
            f" {share[name]:.0%} of {limit:.0f}; server {statistics.median(r['server_us'] for r in runs):.0f} us a call"
        )
    print(
        f"AsyncOpenAI / ours: {middle['AsyncOpenAI'] / middle['ours']:.1f} x the CPU a call (target: at least 8); "
        f"started like ours {middle['AsyncOpenAI, started like ours'] / middle['ours']:.1f} x"
    )
    print(f"ours: {share['ours']:.1%} of {limit:.0f} calls/s (target: at least 85 % where a core is free)")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--small", action="store_true", help="one short round")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--client", choices=CLIENTS, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--calls", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        run(serve())
    elif options.client:
        start = asyncio.run if options.client == "AsyncOpenAI" else run
        print(json.dumps(start(CLIENTS[options.client](options.url, options.calls))))
    elif options.small:
        compare({name: 500 if "OpenAI" in name else 1000 for name in CLIENTS}, rounds=1)
    else:
        compare({name: 1500 if "OpenAI" in name else 10_000 for name in CLIENTS}, rounds=3)


if __name__ == "__main__":
    main()
