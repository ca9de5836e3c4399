"""A model does a task: M3ToolEval over several turns, API-Bank in a single call."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from windward.agents import (
    CELL_LIMITS,
    AgentLimits,
    Ended,
    Episode,
    Space,
    Step,
    python_call,
    read_action,
    run_agent,
    task_opening,
)
from windward.agents.steps import as_dict
from windward.agents.tool_prompts import call_opening
from windward.evals.tooluse.apibank import ApiTask, by_call, by_result, conversation, on_offer, open_world
from windward.evals.tooluse.apibank.check import written
from windward.evals.tooluse.m3 import M3Task, grade
from windward.evals.tooluse.m3 import open_world as open_m3_world
from windward.evals.tooluse.trials import Trial
from windward.interpreter import Interpreter
from windward.models import ContextOverflowError, Model, Reply, Sampling


async def play_m3(
    task: M3Task,
    space: Space,
    model: Model,
    *,
    world: Path,
    turns: int = 10,
    max_tokens: int = 512,
    profile: str = "strict",
    system_role: bool = False,
) -> Trial:
    """A task of M3ToolEval (paper §2.3): tools run for real, wrong answers may be corrected while turns are left.

    Args:
        task: the task.
        space: how actions are written.
        model: the policy, greedy.
        world: folder of the tables and pages that tools act on.
        turns: at most.
        max_tokens: new tokens of a reply at most.
        profile: whose rule judges answers, `strict` or `released`.
        system_role: put the rules into a system message.

    Raises:
        ModelError: a call failed for good.
    """
    tools = open_m3_world(task.domain, world)
    opening = task_opening(task.instruction, space=space, tools=tools, turns=turns, system_role=system_role)
    async with Interpreter(CELL_LIMITS, tools=tools) as session:
        episode = await run_agent(
            model,
            opening,
            session=session,
            space=space,
            tools=tools,
            judge=lambda answer: grade(task, answer, profile).correct,
            limits=AgentLimits(turns=turns),
            sampling=Sampling(max_tokens=max_tokens),
        )
    solved_at = episode.succeeded_at
    return Trial(
        suite="m3tooleval",
        space=space,
        task=task.name,
        domain=task.domain,
        solved=solved_at is not None,
        solved_at=solved_at,
        turns=solved_at or turns,
        answered=episode.answer is not None,
        actions=_actions(episode),
        rule=grade(task, episode.answer, profile).rule if episode.answer is not None else "no answer",
        reference=str(task.expected),
        ended=episode.ended,
        episode=as_dict(episode),
    )


async def play_call(
    task: ApiTask,
    space: Space,
    model: Model,
    *,
    database: Mapping[str, Any],
    max_tokens: int = 256,
    system_role: bool = False,
) -> Trial:
    """A task of API-Bank's first level (CodeAct, paper §2.2): the one call that comes next, read and never run as code.

    Args:
        task: the conversation, and the call that is due.
        space: how the call is written.
        model: the policy, greedy.
        database: tables that the tools act on.
        max_tokens: new tokens of the reply at most.
        system_role: put the rules into a system message.

    Raises:
        ModelError: the call of the model failed for good.
    """
    world = open_world(database)
    tools = {name: world[name] for name in on_offer(task)}
    opening = call_opening(conversation(task), space=space, tools=tools, system_role=system_role)
    sampling = Sampling(max_tokens=max_tokens, stop=("</execute>",))
    ended: Ended = "done"
    why = ""
    try:
        reply = await model.generate(opening, sampling)
    except ContextOverflowError as error:
        reply, ended, why = Reply(""), "context", str(error)
    action = read_action(reply.text, space, tools, words=False)
    call = python_call(action.code or "", world) if space == "code" else action.call
    same, does = by_call(task, call), by_result(task, call, database)
    shown = written(call) if call is not None else ""
    step = Step(
        reply.text,
        action.kind,
        shown,
        f"{does.rule}; {same.rule}",
        completion_tokens=reply.usage.completion_tokens,
    )
    return Trial(
        suite="apibank",
        space=space,
        task=task.id,
        domain=task.gold.tool,
        solved=does.correct,
        solved_at=1 if does.correct else None,
        turns=1,
        answered=call is not None,
        actions=(int(call is not None), int(does.correct)),
        rule=does.rule,
        same_call=same.correct,
        reference=written(task.gold),
        ended=ended,
        episode=as_dict(Episode(tuple(opening), (step,), ended, why)),
    )


def _actions(episode: Episode) -> tuple[int, int]:
    acted = [step for step in episode.steps if step.kind in ("code", "call")]
    return len(acted), sum(step.executed for step in acted)
