"""Problems that an agent tries before and after training, in the form of the rows and with worked examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from windward.agents import (
    EPISODE_LIMITS,
    STOP,
    AgentLimits,
    Episode,
    Trajectory,
    question,
    run_agent,
    run_episode,
)
from windward.grading.problems import grade_answer
from windward.interpreter import Interpreter
from windward.models import Message, Model, Sampling
from windward.recipes.codeact.opening import system_message
from windward.rows import Problem

Form = Literal["rows", "examples"]
"""How a problem is put to the agent.

* `rows`: as the rows of training are: their system message, the problem, no worked example. Python stands in `<execute>`,
  an answer in `<solution>`.
* `examples`: worked examples and Python in fences, as in the quickstart; what the code prints is the answer. Training never
  shows this form.
"""

FORMS: tuple[Form, ...] = get_args(Form)


@dataclass(frozen=True)
class Attempt:
    """One problem tried once.

    Attributes:
        problem: its id.
        split: its split.
        form: how it was put.
        acted: whether the first turn held code to run.
        executed: whether that code parsed, ran, and came to its end without an error.
        solved_at: the turn (from 1) of the right answer; None if there was none.
        turns: what was written and shown, turn by turn, for reading.
    """

    problem: str
    split: str
    form: Form
    acted: bool
    executed: bool
    solved_at: int | None
    turns: tuple[dict[str, Any], ...]


def attempt_from_dict(row: dict[str, Any]) -> Attempt:
    """An attempt from its JSON object."""
    return Attempt(**row | {"turns": tuple(row["turns"])})


async def attempt(problem: Problem, model: Model, form: Form, *, turns: int, max_tokens: int) -> Attempt:
    """Lets a model try a problem greedily.

    Args:
        problem: one of `windward.recipes.families`.
        model: the policy.
        form: how the problem is put.
        turns: at most.
        max_tokens: new tokens of a turn at most.

    Raises:
        ModelError: a call failed for good.
    """
    if form == "examples":
        sampling = Sampling(max_tokens=max_tokens, stop=STOP)
        return _of_examples(
            problem, await run_episode(problem, model, grade_answer, max_turns=turns, sampling=sampling)
        )
    opening: list[Message] = [
        {"role": "system", "content": system_message((), turns=turns, proposals=turns)},
        question(problem),
    ]
    async with Interpreter(EPISODE_LIMITS) as session:
        episode = await run_agent(
            model,
            opening,
            session=session,
            judge=lambda answer: grade_answer(problem, answer).correct,
            limits=AgentLimits(turns=turns),
            sampling=Sampling(max_tokens=max_tokens),
        )
    return _of_rows(problem, episode)


def _of_examples(problem: Problem, found: Trajectory) -> Attempt:
    first = found.turns[0]
    told = tuple(
        {"wrote": turn.action, "status": turn.status, "shown": turn.observation} for turn in found.turns
    )
    executed = first.code is not None and first.status == "ok"
    return Attempt(
        problem.id, problem.split, "examples", first.code is not None, executed, found.solved_at, told
    )


def _of_rows(problem: Problem, found: Episode) -> Attempt:
    told = tuple(
        {"wrote": step.reply, "status": step.status, "shown": step.observation} for step in found.steps
    )
    first = found.steps[0] if found.steps else None
    acted = first is not None and first.kind == "code"
    executed = first is not None and acted and first.executed
    return Attempt(problem.id, problem.split, "rows", acted, executed, found.succeeded_at, told)
