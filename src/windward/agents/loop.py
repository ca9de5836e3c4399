"""The agent loop: the model writes code, the interpreter runs it, the model sees what it showed."""

from __future__ import annotations

from collections.abc import Sequence

from windward.agents.environment import Grade, feedback, take_turn
from windward.agents.prompts import STOP, opening
from windward.agents.turns import Trajectory, Turn
from windward.interpreter import Interpreter, Limits
from windward.models import Message, Model, Sampling
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
    """Lets a model work on a problem until it is right or out of turns (CodeAct; MINT's loop, spec §1.1).

    The namespace lives through the episode. After an incorrect turn the model sees its own text, what the
    code showed and a critique by kind of error, never the reference.

    Args:
        problem: what is asked.
        model: the policy; turn t is sampled with `sample=0`, so a greedy episode is the same every time.
        grade: judges the answer of each turn.
        max_turns: turns at most.
        sampling: greedy with 96 new tokens by default.
        limits: what the code of one turn may use.
    """
    drawn = sampling or Sampling(max_tokens=96, stop=STOP)
    messages = opening(problem)
    turns: list[Turn] = []
    async with Interpreter(limits) as interpreter:
        while len(turns) < max_turns:
            reply = await model.generate(messages, drawn)
            turn = await take_turn(problem, reply, interpreter, grade)
            turns.append(turn)
            if turn.correct:
                break
            messages = [*messages, *exchange(problem, turn)]
    return Trajectory(problem.id, tuple(turns))


def exchange(problem: Problem, turn: Turn) -> Sequence[Message]:
    """An incorrect turn as it enters the history: what the model wrote, and what it is told."""
    return (
        {"role": "assistant", "content": turn.action},
        {"role": "user", "content": feedback(problem, turn)},
    )
