"""The mock endpoint: reads the marks of a prompt, rates by them after 50 ms, and keeps count.

    python benchmarks/feedback/endpoint.py --style plain|distilabel|ours --faults 0.2 --seed 0

Prints two ports: of the endpoint, and of one that tells its counts as JSON to whoever connects. A fault is a function
of the seed, the row and how often the row was asked before, so that all clients meet the same ones. A row counts as
paid when a good reply to it is sent, also when nobody is there to receive it any more.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import time
from collections import Counter
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from journal import LATENCY, Server
from windward.journal import run

FAULTS = ("429", "429", "500", "500", "cut", "torn", "unreadable", "unreadable")
"""In equal shares. `cut`: the connection ends within the body; `torn`: a whole body, whose JSON ends in the middle."""

FOUND = re.compile(rb"row-(\d+)|mark-(\d)")
UNREADABLE = "I would rather not compare these texts; each of them has its merits."


class Books:
    """What the endpoint was asked, what it did, and when."""

    def __init__(self, style: str, faults: float, seed: int) -> None:
        self.style, self.faults, self.seed = style, faults, seed
        self.asked: Counter[bytes] = Counter()
        self.paid: Counter[bytes] = Counter()
        self.done: Counter[str] = Counter()
        self.bytes = self.flying = self.most_flying = 0
        self.last = time.monotonic()

    def fault(self, row: bytes, attempt: int) -> str:
        """Which fault this attempt at this row meets; "" for none."""
        drawn = blake2b(b"%d:%s:%d" % (self.seed, row, attempt), digest_size=8).digest()
        share = int.from_bytes(drawn, "big") / 2**64
        return FAULTS[int(share / self.faults * len(FAULTS))] if share < self.faults else ""

    def told(self) -> bytes:
        """The counts as JSON."""
        counts = {
            "asked": self.asked.total(),
            "paid": self.paid.total(),
            "paid_rows": len(self.paid),
            "paid_again": self.paid.total() - len(self.paid),
            "done": self.done,
            "request_bytes": self.bytes / max(1, self.asked.total()),
            "most_in_flight": self.most_flying,
            "idle": time.monotonic() - self.last,
        }
        return json.dumps(counts).encode()


class Endpoint(Server):
    """One connection."""

    books: Books

    def answer(self, body: bytes) -> None:
        """Answers one request; one that names no row (a probe) gets an empty reply."""
        books = self.books
        row, marks = b"", b""
        for found in FOUND.finditer(body):
            row = row or found[1] or b""
            marks += found[2] or b""
        books.last = time.monotonic()
        books.flying += 1
        books.most_flying = max(books.most_flying, books.flying)
        if not row or len(marks) != 4:
            self.later(LATENCY, self.send, b"", "probe" if not row else "misshown", response(""))
            return
        fault = books.fault(row, books.asked[row])
        books.asked[row] += 1
        books.bytes += len(body)
        self.later(LATENCY, self.send, row, fault or "good", said(fault, marks, books.style))

    def send(self, row: bytes, what: str, data: bytes) -> None:
        """Sends, and keeps count."""
        self.books.flying -= 1
        self.books.done[what] += 1
        if what == "good":
            self.books.paid[row] += 1
        if self.transport.is_closing():
            return
        self.transport.write(data)
        if what == "cut":
            self.transport.close()


@lru_cache(maxsize=2000)
def said(fault: str, marks: bytes, style: str) -> bytes:
    """The whole response to texts with these marks."""
    if fault == "429":
        return failure(429, "Too Many Requests", "Rate limit reached")
    if fault == "500":
        return failure(500, "Internal Server Error", "The server had an error")
    good = response(UNREADABLE if fault == "unreadable" else verdict(marks.decode(), style))
    if fault == "torn":
        body = good.split(b"\r\n\r\n", 1)[1]
        return with_head(200, "OK", body[: len(body) // 2])
    return good[: len(good) - 200] if fault == "cut" else good


def verdict(marks: str, style: str) -> str:
    """The judge's text: each shown text rated by its mark."""
    why = "It follows what was asked in most parts, with small lapses."
    if style == "distilabel":
        return "\n\n".join(
            f"#### Output for Text {place}\nRating: {mark}\nRationale: {why}"
            for place, mark in enumerate(marks, 1)
        )
    if style == "ours":
        return "\n\n".join(
            f"#### Text {place}\nRationale: {why}\nRating: {mark}" for place, mark in enumerate(marks, 1)
        )
    return "\n".join(f"Text {place}: {mark}\n{why}" for place, mark in enumerate(marks, 1))


def response(text: str) -> bytes:
    """A chat completion."""
    return http(
        200,
        "OK",
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "mock",
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            ],
            "usage": {"prompt_tokens": 500, "completion_tokens": 80, "total_tokens": 580},
        },
    )


def failure(status: int, reason: str, message: str) -> bytes:
    """An error as OpenAI words it."""
    return http(
        status,
        reason,
        {"error": {"message": message, "type": "error", "param": None, "code": str(status)}},
    )


def http(status: int, reason: str, payload: dict[str, object]) -> bytes:
    """Head and body."""
    return with_head(status, reason, json.dumps(payload).encode())


def with_head(status: int, reason: str, body: bytes) -> bytes:
    """Head and this body, whatever it is."""
    head = (
        f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def tell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Tells the counts, and hangs up."""
    writer.write(Endpoint.books.told())
    writer.close()


async def main() -> None:
    """Serves until it is killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--style", choices=("plain", "distilabel", "ours"), required=True)
    parser.add_argument("--faults", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    Endpoint.books = Books(options.style, options.faults, options.seed)
    endpoint = await asyncio.get_running_loop().create_server(Endpoint, "127.0.0.1", 0, backlog=1024)
    counts = await asyncio.start_server(tell, "127.0.0.1", 0)
    print(endpoint.sockets[0].getsockname()[1], counts.sockets[0].getsockname()[1], flush=True)
    await asyncio.gather(endpoint.serve_forever(), counts.serve_forever())


if __name__ == "__main__":
    run(main())
