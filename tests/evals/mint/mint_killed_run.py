"""A run that a test kills: `python mint_killed_run.py DATA OUT LOG`; each call that reaches a model is logged."""

import asyncio
import os
import sys
from pathlib import Path

import mint_policies as fakes

from windward.evals.mint.live import run_live
from windward.journal import call_key
from windward.models import Reply


class Logged:
    """Explores for two turns and then proposes; its observations hold what no two processes have in common."""

    def __init__(self, name: str, log: Path) -> None:
        self.name, self.log = name, log

    async def generate(self, messages, sampling=None, *, sample=0):
        with self.log.open("a") as file:
            file.write(f"{os.getpid()} {call_key(self.name, messages, sampling, sample)}\n")
        await asyncio.sleep(0.05)
        return Reply(self.say(messages), model=self.name)

    def say(self, messages):
        if self.name == "expert":
            return "This is GOOD. Go on."
        turn = sum(message["role"] == "assistant" for message in messages)
        if turn == 0:
            return fakes.runs("state = 40\nprint(wikipedia_search('x'))")
        if turn == 1:
            return fakes.runs("print(state + 2)")
        lucky = "42" in fakes.told(messages)
        return fakes.proposes(fakes.solution(fakes.task_of(messages)) if lucky else "state was lost")


def search(query: str) -> str:
    """Never says the same twice."""
    return f"{query} {os.urandom(8).hex()}"


if __name__ == "__main__":
    data, out, log = map(Path, sys.argv[1:4])
    run_live(
        data=data,
        out=out,
        model=Logged("policy", log),
        feedback=Logged("expert", log),
        tasks=["reasoning"],
        wiki=search,
        tell=lambda line: None,
    )
