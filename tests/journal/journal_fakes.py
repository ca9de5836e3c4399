"""Models that answer without a network, for tests of the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from windward.models import Message, Reply, Sampling, Usage

PRICE = (1.0, 2.0)


def says(text: str) -> list[Message]:
    return [{"role": "user", "content": text}]


@dataclass
class Echo:
    """Answers with the prompt in capitals, after `seconds`, and counts what it is asked.

    `trouble` is called first with the number of the call (from 1); what it raises is raised.
    """

    name: str = "echo"
    seconds: float = 0.0
    usage: Usage = field(default_factory=lambda: Usage(10, 5, 0.00002))
    price: tuple[float, float] = PRICE
    trouble: Callable[[int], None] = lambda call: None
    calls: int = 0
    at_once: int = 0
    most_at_once: int = 0
    prompts: list[str] = field(default_factory=list)

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
    ) -> Reply:
        self.calls += 1
        self.prompts.append(messages[-1]["content"])
        self.trouble(self.calls)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.at_once -= 1
        text = messages[-1]["content"].upper()
        return Reply(text, usage=self.usage, model="echo-1", raw={"text": text, "sample": sample})
