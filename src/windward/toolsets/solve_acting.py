"""Solving a problem as an agent does: the tools that were found for it are functions of its session, and it acts until it answers.

The paper puts tools into the prompt only. Here the model sees each tool's head and docstring, calls it in Python turn by turn and is
shown what that printed, errors included; nobody tells it whether its answer is right. Without tools the same agent is its baseline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from windward.agents import AgentLimits, Episode, run_agent, task_opening
from windward.feedback.asking import lies_in_the_prompt
from windward.interpreter import Interpreter, Limits
from windward.models import Model, ModelError, Sampling
from windward.toolsets.callables import call_names, source_tools
from windward.toolsets.domains import Domain
from windward.toolsets.facts import parsed
from windward.toolsets.lenient import lenient
from windward.toolsets.problems import ToolProblem
from windward.toolsets.prompts_solve import writable
from windward.toolsets.records import Tool
from windward.toolsets.retrieve import Hit
from windward.toolsets.solve import SOLVING, named_by
from windward.toolsets.solved import Solved
from windward.toolsets.validate import LIMITS, PRELUDE, PRINTED_CHARS

ACTING_VERSION = "1"
"""To be changed with how an episode is opened, or with what of it is read."""
_TASK = """\
{problem}

numpy (np), pandas (pd), math and sympy are imported.{briefing} The answer is the bare number or expression: no unit and no words around it."""


@dataclass(frozen=True)
class Acting:
    """How an agent works on a problem.

    Attributes:
        turns: calls of the model at most.
        sampling: how replies are drawn.
        limits: what the code of one turn may use.
    """

    turns: int = 5
    sampling: Sampling = SOLVING
    limits: Limits = LIMITS


async def solve_acting(
    problem: ToolProblem,
    hits: Sequence[Hit],
    tools: Mapping[str, Tool],
    model: Model,
    domain: Domain,
    how: Acting | None = None,
) -> Solved:
    """Lets an agent solve a problem with the tools that were found for it; none are needed.

    Where not even the first turn fits the context, the tool with the fewest votes is left out, and the episode begins again.

    Args:
        problem: what is asked.
        hits: what was found, best first.
        tools: the library, by id.
        model: the policy.
        domain: what programs find ready, and when an answer is right.
        how: see `Acting`.

    Raises:
        ModelError: a call failed for a reason that does not lie in this problem.
        InterpreterError: the interpreter itself cannot go on.
    """
    how = how or Acting()
    names = call_names([tools[hit.id] for hit in hits], domain.host)
    shown, said = [hit for hit in hits if hit.id in names], list[str]()
    if len(shown) < len(hits):
        said.append(f"{len(hits) - len(shown)} found tools hold no function and were not shown")
    while True:
        try:
            episode = await _episode(problem, [tools[hit.id] for hit in shown], model, domain, how)
        except ModelError as error:
            if not lies_in_the_prompt(error):
                raise
            said.append(f"no reply: {error}")
            return _solved(problem, shown, names, None, domain, said)
        if episode.ended != "context" or episode.steps or not shown:
            return _solved(problem, shown, names, episode, domain, said)
        dropped = shown.pop()
        said.append(f"tool {dropped.id} ({dropped.votes} votes) left out: the prompt did not fit the context")


async def _episode(
    problem: ToolProblem, shown: Sequence[Tool], model: Model, domain: Domain, how: Acting
) -> Episode:
    callable_tools = source_tools(shown, domain, domain.host)
    session_tools: dict[str, Callable[..., Any]] = {**domain.host, **callable_tools}
    briefing = f" {domain.briefing}" if domain.briefing else ""
    task = _TASK.format(problem=domain.shown(problem), briefing=briefing)
    opening = task_opening(task, space="code", tools=callable_tools, turns=how.turns)
    session = await asyncio.to_thread(lambda: Interpreter(how.limits, tools=session_tools))
    async with session:
        ready = await session.arun(PRELUDE + domain.prelude + domain.prepare(problem))
        if not ready.ok:
            return Episode(tuple(opening), (), "stopped", f"the problem cannot be set up: {ready.text}")
        return await run_agent(
            model,
            opening,
            session=session,
            tools=session_tools,
            limits=AgentLimits(turns=how.turns),
            sampling=how.sampling,
        )


def _solved(
    problem: ToolProblem,
    shown: Sequence[Hit],
    names: Mapping[str, str],
    episode: Episode | None,
    domain: Domain,
    said: Sequence[str],
) -> Solved:
    """An episode as a row: its answer is what it printed last, and its actions are its program."""
    steps = episode.steps if episode is not None else ()
    actions = [writable(step.action) for step in steps if step.kind == "code"]
    called = {name for action in actions for name in named_by(parsed(action))}
    answer = writable((episode.answer if episode is not None else None) or "")
    told = list(said)
    if not answer and episode is not None:
        told.append(episode.error or f"no answer after {len(steps)} turns ({episode.ended})")
    failed = [step for step in steps if step.kind == "code" and not step.executed]
    if failed:
        told.append(f"{len(failed)} of {len(actions)} actions failed")
    return Solved(
        problem,
        tuple(hit.id for hit in shown),
        tuple(hit.votes for hit in shown),
        tuple(hit.id for hit in shown if names[hit.id] in called),
        "\n\n".join(actions),
        answer[:PRINTED_CHARS],
        "ok" if answer else "unread",
        bool(answer) and lenient(answer, problem.answer, domain.equal) == "right",
        bool(answer) and domain.strict(answer, problem.answer),
        "; ".join(told),
    )
