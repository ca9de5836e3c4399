"""What differs between domains: what a problem looks like, what programs find ready, and when an answer is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from windward.toolsets.answers import equal_as_released, equal_strictly
from windward.toolsets.problems import ToolProblem

Equal = Callable[[str, str], bool]
"""Whether what was printed is the answer: printed, answer."""


@dataclass(frozen=True)
class Domain:
    """A kind of problem.

    Attributes:
        name: as the command line has it.
        shown: the problem as a model is shown it, with its table.
        equal: the released rule of the domain's validation.
        strict: the strict rule.
        prepare: Python that defines what belongs to a problem (its image), run before every program of it; "" for nothing.
        host: functions of the host that programs may call, by name.
        prelude: Python that is run once, before all programs, after the imports that every domain has.
        briefing: what programs find ready beside those imports, in words for the model that writes them; "" for nothing.
    """

    name: str
    shown: Callable[[ToolProblem], str]
    equal: Equal = equal_as_released
    strict: Equal = equal_strictly
    prepare: Callable[[ToolProblem], str] = lambda problem: ""
    host: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    prelude: str = ""
    briefing: str = ""


def _with_table(problem: ToolProblem) -> str:
    table = problem.facts.get("table", "").strip()
    return f"{table}\n\n{problem.question}" if table else problem.question


MATH = Domain("math", lambda problem: problem.question)
TABLES = Domain("tables", _with_table)
DOMAINS = {domain.name: domain for domain in (MATH, TABLES)}
"""Those that need nothing of the user's."""
