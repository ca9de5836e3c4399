"""The agent loop: the model acts, its environment answers, until the task is done or a limit is reached."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from windward.agents.limits import AgentLimits, Ended, Meter
from windward.models import ContextOverflowError, Message, Model, Reply, Sampling, Usage


@dataclass(frozen=True)
class Exchange:
    """A turn as it enters the history.

    Attributes:
        said: what the model wrote.
        told: what the environment answers; None ends the episode.
    """

    said: str
    told: str | None


Act = Callable[[Reply], Awaitable[Exchange]]
"""An environment: does what a reply asks for, and answers."""


@dataclass(frozen=True)
class Ending:
    """How an episode ended.

    Attributes:
        reason: why.
        error: what was wrong with the context, where that was the reason.
        messages: the history after the opening.
        usage: of all calls.
        turns: calls of the model.
    """

    reason: Ended
    error: str
    messages: tuple[Message, ...]
    usage: Usage
    turns: int


async def converse(
    model: Model,
    opening: Sequence[Message],
    act: Act,
    *,
    limits: AgentLimits,
    sampling: Sampling,
) -> Ending:
    """Lets a model act in an environment (CodeAct, paper §2.1; MINT's loop, paper §2).

    Errors are part of it: what went wrong is what the environment answers, and the model goes on from there.

    Args:
        model: the policy.
        opening: the messages before the first turn.
        act: the environment.
        limits: what the episode may use.
        sampling: how replies are drawn.

    Raises:
        ModelError: a call failed for good (but for a full context, which ends the episode).
    """
    history: list[Message] = []
    meter = Meter(limits)
    while (reason := meter.reached()) is None:
        try:
            reply = await model.generate([*opening, *history], sampling)
        except ContextOverflowError as error:
            return Ending("context", str(error), tuple(history), meter.usage, meter.turns)
        meter.count(reply.usage)
        turn = await act(reply)
        history.append({"role": "assistant", "content": turn.said})
        if turn.told is None:
            reason = "done"
            break
        history.append({"role": "user", "content": turn.told})
    return Ending(reason, "", tuple(history), meter.usage, meter.turns)
