"""The protocol: at most k turns of thought and action in one Python session, of them p proposals (spec §1.1)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from windward.agents import AgentLimits, Exchange, converse, parse_action
from windward.evals.mint.instances import Instance
from windward.evals.mint.prompts import STOP, opening
from windward.evals.mint.turns import Budget, Episode, Feedback, Turn
from windward.grading import Verdict
from windward.interpreter import Interpreter, Limits
from windward.models import Message, Model, Reply, Sampling

SHOWN_CHARS = 2_000
"""An observation is cut to so many characters."""
CELL_LIMITS = Limits(seconds=30, memory_mb=1_024, processes=16)
"""What the code of one turn may use."""
GREEDY = Sampling(max_tokens=512, stop=STOP)

SILENT = "(It ran and printed nothing.)"
REJECTED = "That is not the right answer."
NO_ACTION = (
    "Nothing was done: your message holds no action. Put Python between <execute> and </execute>, "
    "or your answer between <solution> and </solution>."
)
LAST = "This is your last turn: hand in an answer."

Grade = Callable[[Instance, str], Verdict]
"""Judges a proposal; called in a thread, as it may run tests."""


class Coach(Protocol):
    """Gives feedback on a turn that leaves the task unfinished."""

    async def __call__(self, instance: Instance, shown: Sequence[Message], turns: Sequence[Turn]) -> Feedback:
        """Feedback.

        Args:
            instance: the problem.
            shown: replies and what the policy is told of them, the newest turn included.
            turns: the same turns.
        """
        ...


class Memory(Protocol):
    """Turns of the same episode that an earlier, killed process took."""

    def recall(self, number: int, reply: str) -> Turn | None:
        """The turn of this number (from 0), if it was kept and began with this reply."""
        ...

    async def keep(self, number: int, turn: Turn) -> None:
        """Stores a turn before policy and coach hear of it; so it is still without feedback."""
        ...


class WorldError(RuntimeError):
    """The world of an episode broke off, so nobody knows whether its task is done; the episode ends with an error."""


@dataclass(frozen=True)
class World:
    """What an episode acts on beside its Python.

    Attributes:
        tools: host functions by the names that the code calls.
        won: whether the task is done, asked after each run of code; None where only proposals decide. May raise
            `WorldError`.
    """

    tools: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    won: Callable[[], bool] | None = None


async def run_episode(
    instance: Instance,
    policy: Model,
    grade: Grade,
    *,
    budget: Budget | None = None,
    world: World | None = None,
    coach: Coach | None = None,
    memory: Memory | None = None,
    sampling: Sampling = GREEDY,
    system_role: bool = False,
    limits: Limits = CELL_LIMITS,
) -> Episode:
    """Lets a policy work on a problem until it is solved or the budget is spent.

    Every turn counts, whatever happens in it, so an episode has k turns at most. A context that is full, and a world
    that breaks off, end it with an error.

    Args:
        instance: the problem.
        policy: the model under test.
        grade: judges proposals. If it raises, the proposal is rejected and the policy learns no more than that.
        budget: k and p.
        world: tools, and a goal that code can reach.
        coach: gives feedback after each unfinished turn.
        memory: of an episode that was cut off: its turns are taken as they were, and their code is run again.
        sampling: how replies are drawn.
        system_role: put the rules into a system message.
        limits: what the code of one turn may use.

    Raises:
        ModelError: a call failed for good (but for a full context).
        InterpreterError: the interpreter itself cannot go on.
    """
    budget, world = budget or Budget(), world or World()
    start = opening(
        instance,
        turns=budget.turns,
        proposals=budget.proposals,
        tools=world.tools,
        feedback=coach is not None,
        system_role=system_role,
    )
    async with Interpreter(limits, tools=world.tools) as session:
        player = _Player(instance, session, world, grade, budget, coach, memory)
        try:
            ending = await converse(
                policy, start, player.act, limits=AgentLimits(turns=budget.turns), sampling=sampling
            )
        except WorldError as error:
            return Episode(tuple(start), tuple(player.turns), str(error))
    return Episode(tuple(start), tuple(player.turns), ending.error)


@dataclass(frozen=True)
class _Player:
    """The environment of one episode: proposals are graded, code is run, an expert comments."""

    instance: Instance
    session: Interpreter
    world: World
    grade: Grade
    budget: Budget
    coach: Coach | None
    memory: Memory | None
    turns: list[Turn] = field(default_factory=list)
    told: list[Message] = field(default_factory=list)

    async def act(self, reply: Reply) -> Exchange:
        """Does what a reply asks for."""
        said: Message = {"role": "assistant", "content": reply.text}
        turn = await self._turn(reply.text)
        left = self.budget.left([*self.turns, turn])
        if self.coach is not None and not turn.solved and not left.spent:
            shown = [*self.told, said, _message(turn, left)]
            turn = replace(turn, feedback=await self.coach(self.instance, shown, [*self.turns, turn]))
        self.turns.append(turn)
        message = _message(turn, left)
        self.told.extend([said, message])
        return Exchange(reply.text, None if turn.solved or left.spent else message["content"])

    async def _turn(self, reply: str) -> Turn:
        """The turn as it was kept, its code run again, or a new one."""
        number = len(self.turns)
        if self.memory is not None and (kept := self.memory.recall(number, reply)) is not None:
            if kept.kind == "execute":
                await self.session.arun(kept.action)
            return kept
        turn = await self._new(reply)
        if self.memory is not None:
            await self.memory.keep(number, turn)
        return turn

    async def _new(self, reply: str) -> Turn:
        action = parse_action(reply, words=False)
        if action.code is not None:
            return await _execute(reply, action.code, self.session, self.world)
        if action.answer is not None:
            verdict = await asyncio.to_thread(_judge, self.grade, self.instance, action.answer)
            shown = "" if verdict.correct else REJECTED
            return Turn(reply, "solution", action.answer, shown, solved=verdict.correct, verdict=verdict)
        return Turn(reply, "invalid", "", NO_ACTION)


async def _execute(reply: str, code: str, session: Interpreter, world: World) -> Turn:
    seen = await session.arun(code)
    won = world.won is not None and await asyncio.to_thread(world.won)
    return Turn(reply, "execute", code, _cut(seen.text) or SILENT, seen.status, solved=won)


def _judge(grade: Grade, instance: Instance, answer: str) -> Verdict:
    try:
        return grade(instance, answer)
    except Exception as error:  # the model must not see our trouble, nor may it end the run
        return Verdict(False, None, f"the grader failed: {type(error).__name__}: {error}", "error")


def _message(turn: Turn, left: Budget) -> Message:
    """What the policy is told of a turn."""
    lines = [
        f"Observation:\n{turn.observation}",
        f"Turns left: {left.turns}. Answers left: {left.proposals}.",
    ]
    if left.turns == 1:
        lines.append(LAST)
    text = "\n".join(lines)
    if turn.feedback is not None and turn.feedback.shown:
        text = f"{text}\n\nExpert feedback:\n{turn.feedback.shown}"
    return {"role": "user", "content": text}


def _cut(text: str) -> str:
    text = text.strip("\n")
    if len(text) <= SHOWN_CHARS:
        return text
    return f"{text[:SHOWN_CHARS]}\n… {len(text) - SHOWN_CHARS} more characters are not shown"
