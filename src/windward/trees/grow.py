"""Grows a preference tree: branch at every turn, pair a correct with an incorrect action, expand the incorrect one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from windward.agents import EPISODE_LIMITS, STOP, Grade, Turn, exchange, opening, take_turn
from windward.grading.problems import grade_answer
from windward.interpreter import Interpreter, Limits
from windward.models import Message, Model, Reply, Sampling
from windward.rows import Problem
from windward.trees.types import Node, Tree


@dataclass(frozen=True)
class GrowConfig:
    """How trees are grown.

    Attributes:
        samples: actions sampled at each turn; as many turns as there are numbers, at most (5 in the paper).
        temperature: of the actor's draws.
        max_tokens: new tokens of an action at most.
        seed: of the draws and of the choice among equals.
    """

    samples: tuple[int, ...] = (4, 4)
    temperature: float = 0.7
    max_tokens: int = 96
    seed: int = 0


async def grow_tree(
    problem: Problem,
    model: Model,
    config: GrowConfig | None = None,
    *,
    grade: Grade = grade_answer,
    limits: Limits = EPISODE_LIMITS,
) -> Tree:
    """Grows the tree of one problem (Eurus, arXiv 2404.02078, §2; spec §1.2 steps 1 to 6).

    At each turn the actor samples several actions. Each is executed in a fork of the episode's interpreter, so
    that no branch sees what another did, and graded. The turn keeps one correct and one incorrect action where
    there are both; an incorrect one must pass a syntax check. The correct one closes its branch. The incorrect
    one is expanded with its observation and a critique, in the interpreter that it left behind.
    """
    grown = config or GrowConfig()
    sampling = Sampling(
        temperature=grown.temperature, max_tokens=grown.max_tokens, stop=STOP, seed=grown.seed
    )
    choice = Random(f"{grown.seed}:{problem.id}")
    messages: list[Message] = opening(problem)
    nodes: list[Node] = []
    parent: str | None = None
    interpreter = await asyncio.to_thread(Interpreter, limits)
    for turn, count in enumerate(grown.samples, start=1):
        replies = await asyncio.gather(
            *(model.generate(messages, sampling, sample=sample) for sample in range(count))
        )
        branches, results = await _branch(problem, replies, interpreter, grade)
        await interpreter.aclose()
        correct, incorrect = _keep(results, choice)
        nodes += [
            Node(f"{turn}.{sample}", parent, turn, sample, sample in (correct, incorrect), result)
            for sample, result in enumerate(results)
        ]
        interpreter = await _follow(branches, incorrect)
        if incorrect is None:
            break
        parent = f"{turn}.{incorrect}"
        messages = [*messages, *exchange(problem, results[incorrect])]
    await interpreter.aclose()
    return Tree(f"{problem.id}@{grown.seed}", problem, model.name, grown.seed, tuple(nodes))


async def _branch(
    problem: Problem, replies: Sequence[Reply], interpreter: Interpreter, grade: Grade
) -> tuple[list[Interpreter], list[Turn]]:
    """Executes each action in its own fork of the episode."""
    branches = [await interpreter.afork() for _ in replies]
    results = await asyncio.gather(
        *(take_turn(problem, reply, branch, grade) for reply, branch in zip(replies, branches, strict=True))
    )
    return branches, list(results)


def _keep(results: Sequence[Turn], choice: Random) -> tuple[int | None, int | None]:
    """Which correct and which incorrect action the turn keeps, drawn among those that qualify."""
    correct = [number for number, result in enumerate(results) if result.correct]
    incorrect = [
        number
        for number, result in enumerate(results)
        if not result.correct and result.error_kind not in ("no_code", "syntax")
    ]
    return (
        choice.choice(correct) if correct else None,
        choice.choice(incorrect) if incorrect else None,
    )


async def _follow(branches: Sequence[Interpreter], chosen: int | None) -> Interpreter:
    """Closes every branch but the one that is expanded; with none to expand, the first stands in, to be closed."""
    kept = chosen or 0
    await asyncio.gather(*(branch.aclose() for number, branch in enumerate(branches) if number != kept))
    return branches[kept]
