"""What an agent costs beside its model and its code: our loop and smolagents' CodeAgent, in one run.

Claim: at five turns, everything but the model and the code takes at most 1 ms of CPU a turn.

An episode is four blocks of trivial code and an answer, said by a scripted model that takes no time worth naming. What is
counted is the CPU time of the host process, all threads: building messages, reading actions, sending code, cutting
and telling observations, opening and closing the session. Ours runs the code in an isolated process, whose own time is
not the host's; smolagents runs it in its own interpreter within the host process, so the time that the same blocks take
there alone is measured and taken off. `python benchmarks/agents.py` (needs the `bench` extra; half a minute).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from windward.agents import CELL_LIMITS, AgentLimits, Space, run_agent, task_opening
from windward.interpreter import Interpreter
from windward.models import scripted

TURNS = 5
TARGET = 1.0
CODE = ["x = 1 + 1\nprint(x)", "y = add(x, 2)\nprint(y)", "z = [x, y]\nprint(z)", "print(sum(z))"]
CALLS: dict[Space, str] = {"json": '{"tool": "add", "args": [1, 2]}', "text": "add, 1, 2"}


def add(a: int, b: int) -> int:
    """Adds two numbers.

    Args:
        a: the first.
        b: the second.
    """
    return a + b


@dataclass(frozen=True)
class Cpu:
    """Host CPU milliseconds a turn, one value an episode."""

    ms: list[float]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.ms)

    def __str__(self) -> str:
        return f"{self.median:7.3f} [{min(self.ms):.3f}, {max(self.ms):.3f}] n={len(self.ms)}"


def measure(episode: Callable[[], object], times: int) -> Cpu:
    """CPU of this process a turn, over repeated episodes; the first few are not counted."""
    taken = []
    for number in range(times + 5):
        started = time.process_time()
        episode()
        if number >= 5:
            taken.append(1000 * (time.process_time() - started) / TURNS)
    return Cpu(taken)


def ours(space: Space) -> Callable[[], object]:
    """One episode of ours in an action space, session and all."""
    blocks = CODE if space == "code" else [CALLS[space]] * (TURNS - 1)
    script = [*(f"<execute>\n{block}\n</execute>" for block in blocks), "<solution>6</solution>"]
    tools = {"add": add}
    loop = asyncio.new_event_loop()

    async def episode() -> None:
        async with Interpreter(CELL_LIMITS, tools=tools) as session:
            opening = task_opening("Add.", space=space, tools=tools, turns=TURNS)
            done = await run_agent(
                scripted(script),
                opening,
                session=session,
                space=space,
                tools=tools,
                limits=AgentLimits(TURNS),
            )
        assert [step.status for step in done.steps] == ["ok"] * (TURNS - 1) + ["none"], done.steps

    return lambda: loop.run_until_complete(episode())


def smolagents_episode() -> Callable[[], object]:
    """One episode of smolagents' CodeAgent with the same blocks."""
    from smolagents import CodeAgent, tool
    from smolagents.models import ChatMessage, MessageRole, Model

    script = [f"<code>\n{block}\n</code>" for block in [*CODE, "final_answer(6)"]]

    class Scripted(Model):
        def __init__(self) -> None:
            super().__init__(model_id="scripted")
            self.said = 0

        def generate(self, messages: Any, *args: Any, **kwargs: Any) -> ChatMessage:
            self.said += 1
            return ChatMessage(role=MessageRole.ASSISTANT, content=script[self.said - 1])

    theirs = tool(add)

    def episode() -> None:
        agent = CodeAgent(tools=[theirs], model=Scripted(), max_steps=TURNS, verbosity_level=0)
        answer = agent.run("Add.")
        assert str(answer) == "6", answer

    return episode


def smolagents_code() -> Callable[[], object]:
    """The blocks alone in smolagents' own interpreter."""
    from smolagents.local_python_executor import LocalPythonExecutor

    def blocks() -> None:
        executor = LocalPythonExecutor([])
        executor.send_tools({"add": add})
        for block in CODE:
            executor(block)

    return blocks


def main() -> None:
    """Prints the figures and whether the target was met."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--episodes", type=int, default=100)
    episodes = options.parse_args().episodes
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print("host CPU ms a turn, five turns an episode: median [min, max]")
    found = {}
    for space in ("code", "json", "text"):
        found[space] = measure(ours(space), episodes)
        print(f"  windward, actions as {space:<5}                    {found[space]}", flush=True)
    theirs = measure(smolagents_episode(), episodes)
    print(f"  smolagents CodeAgent                          {theirs}", flush=True)
    code = measure(smolagents_code(), episodes)
    print(f"    of which the code in its own interpreter    {code}", flush=True)
    worst = max(one.median for one in found.values())
    print(
        f"  -> overhead {worst:.3f} ms a turn, target <= {TARGET:g} ms: {'met' if worst <= TARGET else 'NOT met'}"
    )
    print(
        f"  -> smolagents' overhead over ours (code): {(theirs.median - code.median) / found['code'].median:.1f} times"
    )


if __name__ == "__main__":
    main()
