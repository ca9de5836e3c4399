"""Instructions, records and a model for tests of the pipeline."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from pathlib import Path

from feedback_endpoint import reply_to
from windward.feedback import Completion, Record, RecordWriter
from windward.models import Message, ModelError, Reply, Sampling, Usage

SOURCES = ("evol_instruct", "sharegpt", "flan", "truthful_qa", "false_qa")


class Judge:
    """Answers as the endpoint does, after a random moment; fails for good, or for now, on prompts that hold a word."""

    def __init__(self, name: str = "J", *, seed: int | None = None, fails_on: str = "") -> None:
        self.name = name
        self.calls = 0
        self.fails_on = fails_on
        self._random = random.Random(seed) if seed is not None else None

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
    ) -> Reply:
        self.calls += 1
        if self._random is not None:
            await asyncio.sleep(self._random.uniform(0, 0.004))
        if self.fails_on and self.fails_on in messages[-1]["content"]:
            raise ModelError(f"{self.name}: status 404", status=404)
        again = sampling is not None and sampling.temperature > 0
        return Reply(reply_to(messages, again=again), usage=Usage(100, 20), model=self.name)


def write_instructions(path: Path, count: int) -> Path:
    rows = (
        {"id": f"i{number}", "instruction": f"Tell me of thing {number}.", "source": SOURCES[number % 5]}
        for number in range(count)
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def record(number: int) -> Record:
    completions = tuple(Completion(f"m{place}", f"Answer {place} to {number}.") for place in range(4))
    return Record(f"r{number}", SOURCES[number % 5], f"Tell me of thing {number}.", completions)


def write_some(path: Path, count: int) -> Path:
    with RecordWriter(path) as writer:
        for number in range(count):
            writer.write(record(number))
    return path
