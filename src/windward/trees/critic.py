"""A critique by a model that sees the reference and may not tell it (Eurus, spec §1.2 step 3)."""

from __future__ import annotations

from collections.abc import Sequence

from windward.agents import Turn
from windward.agents.environment import SHOWN_CHARS
from windward.models import Message, Model, Sampling
from windward.rows import Problem
from windward.trees.golds import Gold
from windward.trees.leaks import leaks

TRIES = 2
"""Critiques asked for at most: one that gives the reference away is dropped, and then a second."""

_RULES = (
    "You read a wrong attempt at a task, and what happened when it was run. Say in three sentences at most where it first goes "
    "wrong, and in which direction to look. You are shown the reference so that you are right about this. Whoever made the "
    "attempt must find the answer alone: state neither the answer, nor a test, nor code that gives it."
)


async def criticise(
    problem: Problem,
    turn: Turn,
    critic: Model,
    *,
    seen: Sequence[str] = (),
    gold: Gold | None = None,
    sampling: Sampling,
) -> str:
    """What a critic says of an incorrect action; empty where all that it said gave the reference away.

    Args:
        problem: what was asked, with its reference.
        turn: the incorrect action, and what was shown for it.
        critic: a model that did not act.
        seen: what else the actor has seen: its history.
        gold: a solution that the critic is shown as well.
        sampling: how it answers.

    Raises:
        ModelError: a call failed for good.
    """
    asked = _asked(problem, turn, gold)
    known = [*seen, turn.action, turn.observation]
    for sample in range(TRIES):
        reply = await critic.generate(asked, sampling, sample=sample)
        said = reply.text.strip()
        if said and not leaks(said, problem, known, gold.text if gold is not None else ""):
            return said
    return ""


def shown(turn: Turn) -> str:
    """The observation as the model is told it, the middle of a long one cut."""
    text = turn.observation.strip()
    half = SHOWN_CHARS // 2
    return f"{text[:half]} … {text[-half:]}" if len(text) > SHOWN_CHARS else text


def _asked(problem: Problem, turn: Turn, gold: Gold | None) -> list[Message]:
    parts = [
        ("Task", problem.prompt),
        ("Reference", problem.reference),
        ("A solution", gold.text if gold is not None else ""),
        ("Attempt", turn.action),
        ("What happened", turn.observation or "nothing was shown"),
    ]
    told = "\n\n".join(f"{name}:\n{text}" for name, text in parts if text)
    return [{"role": "system", "content": _RULES}, {"role": "user", "content": told}]
