"""Problems with a known answer: the model writes code, what it shows is graded, and it is told why it is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from windward.agents.environment import Grade, feedback, take_turn
from windward.agents.limits import AgentLimits
from windward.agents.loop import Exchange, converse
from windward.agents.prompts import STOP, opening
from windward.agents.turns import Trajectory, Turn
from windward.interpreter import Interpreter, Limits
from windward.models import ContextOverflowError, Message, Model, Reply, Sampling
from windward.rows import Problem

EPISODE_LIMITS = Limits(seconds=5, memory_mb=512, output_chars=2_000, processes=8)
"""What the code of one turn may use."""


async def run_episode(
    problem: Problem,
    model: Model,
    grade: Grade,
    *,
    max_turns: int = 2,
    sampling: Sampling | None = None,
    limits: Limits = EPISODE_LIMITS,
) -> Trajectory:
    """Lets a model work on a problem until it is right or out of turns.

    The namespace lives through the episode. After an incorrect turn the model sees its own text, what the
    code showed and a critique by kind of error, never the reference.

    Args:
        problem: what is asked.
        model: the policy; turn t is sampled with `sample=0`, so a greedy episode is the same every time.
        grade: judges the answer of each turn.
        max_turns: turns at most.
        sampling: greedy with 96 new tokens by default.
        limits: what the code of one turn may use.

    Raises:
        ModelError: a call failed for good, a full context included.
    """
    turns: list[Turn] = []
    async with Interpreter(limits) as interpreter:

        async def act(reply: Reply) -> Exchange:
            turn = await take_turn(problem, reply, interpreter, grade)
            turns.append(turn)
            return Exchange(turn.action, None if turn.correct else feedback(problem, turn))

        ending = await converse(
            model,
            opening(problem),
            act,
            limits=AgentLimits(turns=max_turns),
            sampling=sampling or Sampling(max_tokens=96, stop=STOP),
        )
    if ending.reason == "context":
        raise ContextOverflowError(ending.error)
    return Trajectory(problem.id, tuple(turns))


def exchange(problem: Problem, turn: Turn) -> Sequence[Message]:
    """An incorrect turn as it enters the history: what the model wrote, and what it is told."""
    return (
        {"role": "assistant", "content": turn.action},
        {"role": "user", "content": feedback(problem, turn)},
    )
