"""What a policy is told before its first turn: the rules with their budgets, the tools, a worked example, the task."""

from __future__ import annotations

from collections.abc import Mapping

from windward import agents
from windward.agents import Tools
from windward.evals.mint.examples import EXAMPLES, transcript
from windward.evals.mint.instances import Instance, family_of
from windward.models import Message

STOP = ("\nObservation:", "\nExpert feedback:", "\nTask:", "\n---")
"""A reply ends where a model would go on with the part of its environment (spec §1.1)."""
RULE = "\n\n---\n\n"

_RULES = """\
You solve a task in turns, with a Python session at your side. Variables and imports of one turn are still there in the next.

In every turn, first think aloud between <thought> and </thought>. Then do exactly one of two things:
* run Python: write it between <execute> and </execute>, and you will be shown what it prints;
* hand in your answer: write it, and nothing else, between <solution> and </solution>.

{turns} in all, whichever you choose, and {proposals}. A turn with neither is lost."""

_ASKED: Mapping[str, str] = {
    "humaneval": "Write the whole Python function, its signature and the imports it needs included:\n\n{}",
    "mbpp": "Write Python code that does this:\n\n{}",
    "theoremqa": "Answer with a number, a list of numbers, an option, or True or False:\n\n{}",
    "alfworld": "You act in a household through the tools. The task is done once the household is as asked.\n\n{}",
}


def opening(
    instance: Instance,
    *,
    turns: int,
    proposals: int,
    tools: Tools | None = None,
    feedback: bool = False,
    system_role: bool = False,
) -> list[Message]:
    """The messages before the first turn.

    Args:
        instance: the problem.
        turns: k, actions at most.
        proposals: p, solutions proposed at most.
        tools: host functions by the names that the code calls; described by their own docstrings.
        feedback: whether the worked example shows an expert's feedback too.
        system_role: put the rules into a system message.
    """
    rules = _RULES.format(turns=_count(turns, "turn"), proposals=_allowed(proposals))
    if tools:
        rules = f"{rules}\n\n{described(tools)}"
    example = transcript(EXAMPLES[family_of(instance.task)], feedback=feedback)
    work = f"Here is how another task was solved.\n\n{example}{RULE}{task_text(instance)}"
    if system_role:
        return [{"role": "system", "content": rules}, {"role": "user", "content": work}]
    return [{"role": "user", "content": f"{rules}{RULE}{work}"}]


def task_text(instance: Instance) -> str:
    """The task as it is put to policies and to feedback models."""
    return f"Task:\n{_ASKED.get(instance.task, '{}').format(instance.prompt.strip())}"


def described(tools: Tools) -> str:
    """Signature and docstring of each tool, as Python calls it."""
    return (
        f"Within your Python you can call these functions; they need no import:\n\n{agents.described(tools)}"
    )


def _allowed(proposals: int) -> str:
    return f"you can hand in an answer {'once' if proposals == 1 else f'{proposals} times'} at most"


def _count(number: int, noun: str) -> str:
    return f"You have {number} {noun}{'' if number == 1 else 's'}"
