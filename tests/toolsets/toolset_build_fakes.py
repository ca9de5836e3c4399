"""Models that write tools by heart: what each says of a problem is given, by the problem and by what it is asked for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from windward.models import Message, scripted
from windward.models.scripted_model import Scripted
from windward.toolsets.domains import Domain
from windward.toolsets.problems import ToolProblem
from windward.toolsets.records import Tool
from windward.toolsets.released import Epoch

Kind = Literal["function", "call", "abstraction", "choice"]
Said = Mapping[tuple[str, Kind], Sequence[str]]
"""Problem as shown and kind of request to the replies, in their order; the last is said again for ever."""


def by_heart(said: Said, *, choices: Sequence[str] = (), name: str = "by heart") -> Scripted:
    """A model that answers so; `choices` are its replies where it is to keep the most general tool, in their order."""
    asked: Counter[tuple[str, Kind]] = Counter()

    def answer(messages: Sequence[Message]) -> str:
        kind, problem = request(messages)
        replies = choices if kind == "choice" else said[problem, kind]
        asked[problem, kind] += 1
        return replies[min(asked[problem, kind], len(replies)) - 1]

    return scripted(answer, name=name)


def request(messages: Sequence[Message]) -> tuple[Kind, str]:
    """What a request of the pipeline is for, and the problem in it."""
    text = messages[-1]["content"]
    if "[begin function 1 " in text:
        return "choice", ""
    found = re.search(r"\[begin problem (\w+)\]\n(.*?)\n\[end problem \1\]", text, re.DOTALL)
    assert found is not None
    kind: Kind = "function"
    if "[begin function " in text:
        kind = "abstraction" if "[begin call " in text else "call"
    return kind, found[2]


def fence(*codes: str) -> str:
    """Code as a model gives it."""
    return "\n\n".join(f"```python\n{code}\n```" for code in codes)


def as_released(epoch: Epoch, domain: Domain) -> Said:
    """What the released model wrote of an epoch's problems."""
    said: dict[tuple[str, Kind], Sequence[str]] = {}
    for tool in epoch.raw:
        shown = domain.shown(ToolProblem.of_tool(tool))
        said[shown, "function"] = [fence(tool.solution)]
        said[shown, "call"] = [_call(tool.solution_call)]
    for tool in epoch.general:
        shown = domain.shown(ToolProblem.of_tool(tool))
        said[shown, "abstraction"] = [f"{fence(tool.code)}\n\n{_call(tool.call)}"]
    return said


def problems_of(tools: Sequence[Tool]) -> list[ToolProblem]:
    """The problems of tools."""
    return [ToolProblem.of_tool(tool) for tool in tools]


def _call(call: str) -> str:
    return call if "```" in call else fence(call)
