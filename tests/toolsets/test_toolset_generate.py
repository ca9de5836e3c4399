"""A solution takes two calls and an abstraction one, drawn as in the paper; what cannot be read is asked for again, warmer."""

from __future__ import annotations

from collections.abc import Sequence

from toolset_build_fakes import fence, request

from windward.models import Message, Reply, Sampling
from windward.toolsets.abstract import abstract
from windward.toolsets.build_reading import Written
from windward.toolsets.domains import MATH
from windward.toolsets.generate import WRITING, generate
from windward.toolsets.problems import ToolProblem
from windward.toolsets.records import Tool

PROBLEM = ToolProblem("1", "What is 2 + 3?", "5")
F = "def solve():\n    return 2 + 3"
GENERAL = "def add(a, b):\n    return a + b"


class Writer:
    """Says what it is told to, and keeps how it was asked."""

    name = "writer"

    def __init__(self, *replies: str) -> None:
        self.replies = list(replies)
        self.asked: list[tuple[str, Sampling, int]] = []

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling = WRITING, *, sample: int = 0
    ) -> Reply:
        self.asked.append((request(messages)[0], sampling, sample))
        return Reply(self.replies[len(self.asked) - 1])


async def test_a_solution_takes_two_calls_as_the_paper_draws_them() -> None:
    writer = Writer(fence(F), fence("print(solve())"))
    assert await generate(PROBLEM, MATH, writer) == Written(F, "print(solve())")
    assert [kind for kind, _, _ in writer.asked] == ["function", "call"]
    assert {(how.temperature, how.top_p, how.max_tokens) for _, how, _ in writer.asked} == {(0.3, 0.7, 1024)}


async def test_an_abstraction_takes_one_call() -> None:
    tool = Tool("1", PROBLEM.question, "5", F, "print(solve())")
    writer = Writer(fence(GENERAL, "print(add(2, 3))"))
    assert await abstract(tool, MATH, writer) == Written(GENERAL, "print(add(2, 3))")
    assert [(kind, how) for kind, how, _ in writer.asked] == [("abstraction", WRITING)]


async def test_what_cannot_be_read_is_asked_for_again_and_nothing_follows_from_it() -> None:
    writer = Writer("It is 5.", fence(F), "print it", fence("print(solve())"))
    assert (await generate(PROBLEM, MATH, writer, sample=2)).call == "print(solve())"
    assert [(kind, how.temperature, sample) for kind, how, sample in writer.asked] == [
        ("function", 0.3, 2),
        ("function", 0.7, 1_000_002),
        ("call", 0.3, 2),
        ("call", 0.7, 1_000_002),
    ]
    writer = Writer("Five, I think.", "That would be five.")
    assert await generate(PROBLEM, MATH, writer, tries=2) == Written(
        "", "", "function: there is no block of Python in it"
    )


async def test_a_function_whose_call_is_not_read_stays_with_the_reason() -> None:
    writer = Writer(fence(F), fence("print(5)"))
    assert await generate(PROBLEM, MATH, writer, tries=1) == Written(
        F, "", "call: the code that should call the function does not name it"
    )
    tool = Tool("1", PROBLEM.question, "5", F, "print(solve())")
    assert await abstract(tool, MATH, Writer(fence(GENERAL)), tries=1) == Written(
        GENERAL, "", "there is no code that calls it"
    )


async def test_two_draws_of_a_problem_are_two_calls() -> None:
    writer = Writer(*[fence(F), fence("print(solve())")] * 2)
    for sample in (0, 1):
        await generate(PROBLEM, MATH, writer, sample=sample)
    assert [sample for _, _, sample in writer.asked] == [0, 0, 1, 1]
