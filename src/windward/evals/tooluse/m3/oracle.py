"""Plans that solve each task with its tools alone, from what the instruction says: the tools and answers are proven by them.

A plan is a generator: it yields one `Call`, is sent that call's result, and returns its answer, so the same plan can be
acted out in code, in JSON and in text. It never reads the published answer. Where a published answer is not what the
instruction asks for (`faults.FAULTY_GOLDS`), or is one of several right ones, the plan does what the answer does.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any

from windward.agents import Call
from windward.evals.tooluse.m3 import plans
from windward.evals.tooluse.m3.load import M3Task

Plan = Generator[Call, Any, str]

_PLANS: Mapping[str, Callable[[str], plans.Steps]] = {
    "web_browsing": plans.web,
    "trade_calculator": plans.trade,
    "travel_itinerary_planning": plans.travel,
    "message_decoder": plans.messages,
    "cryptobotanists_plant_dna_sequencer": plans.dna,
}


def plan(task: M3Task) -> Plan:
    """The calls that solve a task, one at a time, and at the end its answer as text.

    Raises:
        ValueError: the task is none of the published ones, so that no plan fits its instruction.
    """
    if task.domain not in _PLANS:
        raise ValueError(f"{task.name}: no plan for the domain {task.domain!r}")
    answer = yield from _PLANS[task.domain](task.instruction)
    return answer if isinstance(answer, str) else str(answer)


def act(steps: Plan, call: Callable[[Call], Any]) -> str:
    """Acts a plan out and gives its answer.

    Args:
        steps: the plan.
        call: carries out one call and gives its result.
    """
    try:
        wanted = next(steps)
        while True:
            wanted = steps.send(call(wanted))
    except StopIteration as end:
        return str(end.value)


def act_on_host(task: M3Task, tools: Mapping[str, Callable[..., Any]]) -> str:
    """The plan's answer, with the tools called directly."""
    return act(plan(task), lambda wanted: tools[wanted.tool](*wanted.args, **wanted.kwargs))
