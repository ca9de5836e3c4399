"""The four texts under which a tool is looked for (CRAFT, section 2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from windward.toolsets.facts import read_facts
from windward.toolsets.records import Tool

View = Literal["problem", "name", "explanation", "docstring"]
VIEWS: tuple[View, ...] = get_args(View)


@dataclass(frozen=True)
class Views:
    """A tool's texts.

    Attributes:
        problem: the originating question.
        name: the function's name, as words.
        explanation: the first line of its docstring.
        docstring: the whole of it; kept, but no query of the paper looks there.
    """

    problem: str
    name: str
    explanation: str
    docstring: str

    def text(self, view: View) -> str:
        """One of the four."""
        return str(getattr(self, view))


def views(tool: Tool) -> Views:
    """The four texts of a tool; those from its code are "" where it defines no function, or one without a docstring."""
    facts = read_facts(tool.code)
    return Views(tool.question, facts.words, facts.explanation, facts.docstring)


def words(name: str) -> str:
    """A function's name as words: `_` is a space."""
    return " ".join(name.replace("_", " ").split())
