"""Grows a preference tree: branch at every turn, pair a correct with an incorrect action, expand the incorrect one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from windward.agents import EPISODE_LIMITS, STOP, Grade, Turn, opening, take_turn
from windward.grading.problems import grade_answer
from windward.interpreter import Interpreter, Limits
from windward.models import Message, Model, Sampling
from windward.rows import Problem
from windward.trees.cast import Cast
from windward.trees.critic import criticise, shown
from windward.trees.golds import Gold, confesses, given
from windward.trees.schemas import Schema, schema_opening
from windward.trees.types import Node, Tree, Way, said_and_told

DEPTH = 5
"""Turns of a tree at most."""
_UNUSABLE = ("no_code", "syntax")


@dataclass(frozen=True)
class GrowConfig:
    """How trees are grown.

    Attributes:
        samples: actions that the actor draws at each turn, and a stronger model after it; as many turns as there are
            numbers, five at most. The paper draws 20.
        temperature: of the draws.
        max_tokens: new tokens of an action at most; the paper's schemas want some 1,000.
        seed: of the draws and of the choice among equals.
        schemas: one of these is drawn for a tree; none asks with worked examples of short programs.
        opponent_samples: actions that an opponent draws at each turn.
        critique_tokens: new tokens of a critique at most.

    Raises:
        ValueError: there are no turns, more than five, or one without samples.
    """

    samples: tuple[int, ...] = (4, 4)
    temperature: float = 0.7
    max_tokens: int = 96
    seed: int = 0
    schemas: tuple[Schema, ...] = ()
    opponent_samples: int = 2
    critique_tokens: int = 200

    def __post_init__(self) -> None:
        if not 1 <= len(self.samples) <= DEPTH or min(self.samples) < 1:
            raise ValueError(
                f"samples are {self.samples}: give one number a turn, each at least 1, and {DEPTH} turns at most"
            )


async def grow_tree(
    problem: Problem,
    model: Model | Cast,
    config: GrowConfig | None = None,
    *,
    gold: Gold | None = None,
    other_golds: Sequence[Gold] = (),
    grade: Grade = grade_answer,
    limits: Limits = EPISODE_LIMITS,
) -> Tree:
    """Grows the tree of one problem (Eurus, arXiv 2404.02078, §2; spec §1.2).

    At each turn the actor samples several actions. Each is executed in a fork of the episode's interpreter, so that no
    branch sees what another did, and graded. Where none is correct, stronger models are asked in turn, and at last one that
    is given the gold. The incorrect action comes from an opponent, and must pass a syntax check. The turn keeps one of each
    where there are both. The correct one closes its branch; the incorrect one is expanded with its observation and a
    critique, in the interpreter that it left behind.

    Args:
        problem: what is asked.
        model: the actor, who then does it all alone, or a whole cast.
        config: see `GrowConfig`.
        gold: how the problem is solved, for the last resort; None stops before it.
        other_golds: further ways in which it is solved.
        grade: judges answers.
        limits: what the code of one action may use.

    Raises:
        ModelError: a call failed for good.
    """
    config, cast = config or GrowConfig(), model if isinstance(model, Cast) else Cast(model)
    choice = Random(f"{config.seed}:{problem.id}")
    schema = choice.choice(config.schemas) if config.schemas else None
    asked = schema_opening(problem, schema) if schema else opening(problem)
    grower = _Grower(problem, cast, config, choice, asked, schema, gold, other_golds, grade)
    grower.held.append(await asyncio.to_thread(Interpreter, limits))
    try:
        for turn, count in enumerate(config.samples, start=1):
            if not await grower.take(turn, count):
                break
    finally:
        await asyncio.gather(*(interpreter.aclose() for interpreter in grower.held))
    return Tree(
        f"{problem.id}@{config.seed}",
        problem,
        cast.actor.name,
        config.seed,
        tuple(grower.nodes),
        opening=tuple(asked) if schema else (),
    )


@dataclass(frozen=True)
class _Tried:
    """An action that was drawn, run and graded."""

    result: Turn
    branch: Interpreter
    model: Model
    way: Way


_Kept = tuple[_Tried | None, _Tried | None]
"""A correct and an incorrect action, where there are."""


@dataclass
class _Grower:
    """A tree as it grows. `held` are the interpreters that are open; the last turn's is the first of them."""

    problem: Problem
    cast: Cast
    config: GrowConfig
    choice: Random
    messages: Sequence[Message]
    schema: Schema | None
    gold: Gold | None
    other_golds: Sequence[Gold]
    grade: Grade
    nodes: list[Node] = field(default_factory=list)
    held: list[Interpreter] = field(default_factory=list)
    parent: str | None = None

    async def take(self, turn: int, count: int) -> bool:
        """Takes a turn; whether there is an incorrect action to go on from."""
        tried = await self._draw(self.cast.actor, count, "")
        correct = self._one(one for one in tried if one.result.correct)
        for model in self.cast.stronger:
            if correct is None:
                more = await self._draw(model, count, "stronger")
                correct = self._one(one for one in more if one.result.correct)
                tried += more
        if correct is None and self.gold is not None:
            more = await self._draw(self.cast.strongest, count, "given_reference", self.gold)
            correct = self._one(one for one in more if _presentable(one))
            tried += more
        incorrect = await self._incorrect(tried, correct)
        pairs = [(correct, incorrect)]
        if turn == 1 and (correct is None or correct.way):
            pairs += await self._by_other_golds(tried, pairs, count)
        # After the last turn nobody is told anything.
        told = (
            await self._critique(incorrect)
            if incorrect is not None and turn < len(self.config.samples)
            else ""
        )
        names = self._write(turn, tried, pairs, {id(incorrect): told})
        await self._follow(incorrect)
        if incorrect is None:
            return False
        self.parent = names[id(incorrect)]
        self.messages = [*self.messages, *said_and_told(self.problem, self.nodes_by(self.parent))]
        return True

    def nodes_by(self, name: str) -> Node:
        """The node of that id."""
        return next(node for node in self.nodes if node.id == name)

    async def _incorrect(self, tried: list[_Tried], correct: _Tried | None) -> _Tried | None:
        """An incorrect action by another model than the correct one's; the actor's own where there are no opponents."""
        if not self.cast.opponents:
            return self._one(one for one in tried if _rejectable(one))
        for model in self.choice.sample(self.cast.opponents, len(self.cast.opponents)):
            more = await self._draw(model, self.config.opponent_samples, "opponent")
            tried += more
            if (found := self._one(one for one in more if _rejectable(one))) is not None:
                return found
        return None

    async def _by_other_golds(self, tried: list[_Tried], pairs: Sequence[_Kept], count: int) -> list[_Kept]:
        """A correct action for each further gold, unlike those kept so far, with an incorrect one of its own where there is one."""
        found: list[_Kept] = []
        for gold in self.other_golds:
            more = await self._draw(self.cast.strongest, count, "given_reference", gold)
            kept = [one for pair in (*pairs, *found) for one in pair if one is not None]
            said = {one.result.action for one in kept}
            correct = self._one(one for one in more if _presentable(one) and one.result.action not in said)
            tried += more
            if correct is None:
                continue
            opponents = self.cast.opponents
            incorrect = self._one(
                one
                for one in tried
                if _rejectable(one)
                and one.result.action not in said
                and (not opponents or one.way == "opponent")
            )
            found.append((correct, incorrect or pairs[0][1]))
        return found

    async def _draw(self, model: Model, count: int, way: Way, gold: Gold | None = None) -> list[_Tried]:
        """Draws actions, of a model that is shown `gold` where there is one, and executes each in its own fork."""
        messages: Sequence[Message] = self.messages
        if gold is not None:
            messages = given(messages, gold, self.problem.reference)
        sampling = Sampling(
            temperature=self.config.temperature,
            max_tokens=self.config.max_tokens,
            stop=() if self.schema else STOP,
            seed=self.config.seed,
        )
        replies = await asyncio.gather(
            *(model.generate(messages, sampling, sample=sample) for sample in range(count))
        )
        branches = []
        for _ in replies:
            branches.append(await self.held[0].afork())
            self.held.append(branches[-1])
        results = await asyncio.gather(
            *(
                take_turn(self.problem, reply, branch, self.grade)
                for reply, branch in zip(replies, branches, strict=True)
            )
        )
        return [_Tried(result, branch, model, way) for result, branch in zip(results, branches, strict=True)]

    async def _critique(self, incorrect: _Tried) -> str:
        """What the incorrect action is told; empty leaves it to the environment's own sentence."""
        if self.cast.critic is None:
            return ""
        said = await criticise(
            self.problem,
            incorrect.result,
            self.cast.critic,
            seen=[message["content"] for message in self.messages],
            gold=self.gold,
            sampling=Sampling(max_tokens=self.config.critique_tokens),
        )
        output = shown(incorrect.result)
        return f"Output: {output}\n{said}" if said and output else said

    def _write(
        self, turn: int, tried: Sequence[_Tried], pairs: Sequence[_Kept], told: dict[int, str]
    ) -> dict[int, str]:
        names = {id(one): f"{turn}.{sample}" for sample, one in enumerate(tried)}
        kept = {id(one) for pair in pairs for one in pair}
        # Of one pair a turn keeps no more than the two, so they need no other mark.
        several = (
            {id(correct): names.get(id(incorrect)) for correct, incorrect in pairs} if len(pairs) > 1 else {}
        )
        for sample, one in enumerate(tried):
            self.nodes.append(
                Node(
                    names[id(one)],
                    self.parent,
                    turn,
                    sample,
                    id(one) in kept,
                    one.result,
                    model="" if one.model is self.cast.actor else one.model.name,
                    way=one.way,
                    schema=self.schema or "",
                    told=told.get(id(one), ""),
                    partner=several.get(id(one)),
                )
            )
        return names

    async def _follow(self, incorrect: _Tried | None) -> None:
        """Closes every interpreter but the one that is expanded."""
        kept = [incorrect.branch] if incorrect is not None else []
        closing = [one for one in self.held if one not in kept]
        self.held = kept
        await asyncio.gather(*(one.aclose() for one in closing))

    def _one(self, fit: Iterable[_Tried]) -> _Tried | None:
        """One of those that qualify, drawn by the seed."""
        found = list(fit)
        return self.choice.choice(found) if found else None


def _presentable(one: _Tried) -> bool:
    """Whether an action whose author was shown a gold may stand as an answer to the problem alone."""
    return one.result.correct and not confesses(one.result.action)


def _rejectable(one: _Tried) -> bool:
    """Whether an action may be the incorrect one: it was judged wrong, and is no mere fault of form."""
    return not one.result.correct and one.result.error_kind not in _UNUSABLE
