"""Policies that know: the recorded call or a plan's next call, in any action format; and ones that know nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from windward.agents import Call, Space, as_python, format_answer, format_call
from windward.evals.tooluse.apibank import ApiTask, conversation
from windward.evals.tooluse.m3 import M3Task, open_world, plan
from windward.models import Message, scripted
from windward.models.scripted_model import Scripted


def told(messages: Sequence[Message]) -> str:
    return "\n".join(message["content"] for message in messages)


def planner(tasks: Sequence[M3Task], world: Path, space: Space) -> Scripted:
    """Does each task by its plan, a call a turn; tools on the host tell it what the plan waits for."""
    by_instruction = {task.instruction.strip(): task for task in tasks}

    def say(messages: Sequence[Message]) -> str:
        place = max(at for at, message in enumerate(messages) if "\n\nTask: " in message["content"])
        task = by_instruction[messages[place]["content"].rsplit("\n\nTask: ", 1)[1]]
        done = sum(message["role"] == "assistant" for message in messages[place:])
        tools, steps = open_world(task.domain, world), plan(task)
        try:
            wanted = next(steps)
            for _ in range(done):
                wanted = steps.send(tools[wanted.tool](*wanted.args, **wanted.kwargs))
        except StopIteration as end:
            return format_answer(str(end.value))
        return written(wanted, space)

    return scripted(say, name=f"planner in {space}")


def written(call: Call, space: Space) -> str:
    if space == "code":
        return f"<execute>\nprint({as_python(call)})\n</execute>"
    return format_call(call, space)


def caller(tasks: Sequence[ApiTask], space: Space) -> Scripted:
    """Makes the recorded call of each conversation."""
    golds: dict[Any, Call] = {}
    for task in tasks:
        golds.setdefault((conversation(task), task.apis), task.gold)

    def say(messages: Sequence[Message]) -> str:
        last = messages[-1]["content"]
        return next(
            written(gold, space)
            for (talk, apis), gold in golds.items()
            if f"The conversation:\n{talk}\n\nWhich call" in last and all(name in last for name in apis)
        )

    return scripted(say, name=f"caller in {space}")
