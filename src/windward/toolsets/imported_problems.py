"""Which problem each released tool was made from, and its right answer, where a file of problems says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from windward.toolsets.answers import equal_as_released, equal_strictly
from windward.toolsets.problems import ToolProblem
from windward.toolsets.records import Tool

STAGE_FIELDS = ("code", "api_call", "tool", "tool_call")
"""Fields of a released stage that say nothing of the problem."""


@dataclass(frozen=True)
class AnswerDifference:
    """An answer of a file of problems that is another value than the released row's.

    Attributes:
        tool: its id.
        released: the answer in the released row.
        problems: the one in the file of problems, which is kept.
    """

    tool: str
    released: str
    problems: str


@dataclass(frozen=True)
class MatchedTools:
    """Tools with their problems.

    Attributes:
        tools: in order, with the answers of the file of problems where these differ by value.
        by_id: how many were found by their id.
        by_question: how many by the text of their question, and of their table.
        unmatched: ids of those that the file does not have, and why; they keep the problem of the released row.
        differences: answers that differ by value.
        in_text_only: how many answers are the same value in another text (0.0 and 0).
    """

    tools: tuple[Tool, ...]
    by_id: int
    by_question: int
    unmatched: Mapping[str, str]
    differences: tuple[AnswerDifference, ...]
    in_text_only: int

    def told(self) -> dict[str, Any]:
        """As a JSON value, without the tools."""
        return {
            "tools": len(self.tools),
            "matched_by_id": self.by_id,
            "matched_by_question": self.by_question,
            "unmatched": dict(self.unmatched),
            "answers_that_differ": [asdict(one) for one in self.differences],
            "answers_that_differ_in_text_only": self.in_text_only,
        }


def match_problems(tools: Sequence[Tool], problems: Sequence[ToolProblem]) -> MatchedTools:
    """Finds each tool's problem and takes its right answer from there.

    A problem is a tool's if it has its id and asks the same, or else if it asks the same of the same table. A question is the same
    but for white space. Problems of one question with several answers are nobody's.
    """
    by_id = {problem.id: problem for problem in problems}
    by_text: dict[tuple[str, str], list[ToolProblem]] = {}
    questions = set()
    for problem in problems:
        by_text.setdefault(_asked(problem.question, problem.facts), []).append(problem)
        questions.add(_spaced(problem.question))
    found, differences, unmatched = [], [], {}
    counts = {"id": 0, "question": 0, "text": 0}
    for tool in tools:
        asked = _asked(tool.question, tool.facts)
        named = by_id.get(tool.id)
        alike = by_text.get(asked, [])
        if named is not None and _same(_asked(named.question, named.facts), asked):
            problem, how = named, "id"
        elif alike and all(same_value(alike[0].answer, other.answer) for other in alike):
            problem, how = alike[0], "question"
        else:
            unmatched[tool.id] = _why_not(tool, named, alike, questions)
            found.append(tool)
            continue
        counts[how] += 1
        if not same_value(problem.answer, tool.answer):
            differences.append(AnswerDifference(tool.id, tool.answer, problem.answer))
            tool = replace(tool, answer=problem.answer)
        counts["text"] += problem.answer != tool.answer
        found.append(replace(tool, facts=_facts(problem) | dict(tool.facts)))
    return MatchedTools(
        tuple(found), counts["id"], counts["question"], unmatched, tuple(differences), counts["text"]
    )


def same_value(one: str, other: str) -> bool:
    """Whether two answers are one but for how they are written, by either rule."""
    return one.strip() == other.strip() or equal_strictly(one, other) or equal_as_released(one, other)


def _facts(problem: ToolProblem) -> dict[str, str]:
    return {name: text for name, text in problem.facts.items() if name not in STAGE_FIELDS}


def _why_not(tool: Tool, named: ToolProblem | None, alike: Sequence[ToolProblem], questions: set[str]) -> str:
    if alike:
        return "its question is there with several answers"
    if named is not None:
        return "its id is there with another question"
    if _spaced(tool.question) in questions:
        return "its question is there, with another table or none"
    return "neither its id nor its question is there"


def _asked(question: str, facts: Mapping[str, str]) -> tuple[str, str]:
    return _spaced(question), _spaced(facts.get("table", ""))


def _same(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two ask the same; a table that is not there contradicts none."""
    return one[0] == other[0] and (one[1] == other[1] or not one[1] or not other[1])


def _spaced(text: str) -> str:
    return " ".join(text.split())
