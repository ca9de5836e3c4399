"""A tool and where it comes from: the problem, its first solution, and what the solution was made into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Tool:
    """A function that once solved a problem, written so that it can solve others.

    Attributes:
        id: unique in its library; the released ids are numbers, kept as text.
        question: the originating problem, as it was asked.
        answer: its right answer.
        solution: the first, specific code; "" where unknown.
        solution_call: the code that calls it and prints; "" where unknown.
        code: the abstracted function; "" before abstraction.
        call: the code that calls it on the originating problem and prints; "" before abstraction.
        facts: what else is known of the problem, as text: `level`, `table`, …
    """

    id: str
    question: str
    answer: str
    solution: str = ""
    solution_call: str = ""
    code: str = ""
    call: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
