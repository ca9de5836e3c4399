"""What a run of `windward toolset solve` is told, and what it finds for each problem."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from windward.toolsets.problems import ToolProblem
from windward.toolsets.retrieve import Hit, Plan
from windward.toolsets.solve import SOLVING
from windward.toolsets.solve_acting import Acting
from windward.toolsets.validate import LIMITS

WithTools = Literal["prompt", "callable", "none", "callable-none"]
"""How a model gets at tools: their sources in the prompt, or as functions of the session in which it acts; and the baseline of each."""
WithoutPlan = Literal["problem", "nothing"]
"""What a problem gets for which the planner had no plan: the tools whose problems are nearest, or none, as two views cannot agree."""


@dataclass(frozen=True)
class SolveConfig:
    """How problems are solved.

    Attributes:
        library: folder of a toolset.
        problems: see `read_tool_problems`.
        domain: name of the domain; None is that of the library's folder.
        limit: problems at most, the first ones; None is all.
        tools: `prompt`: the sources of tools that are found stand in the prompt. `callable`: they are functions of an agent's session.
            `none` and `callable-none`: the same without any tool, the baselines.
        keep: tools kept for a problem at most.
        without_plan: see `WithoutPlan`.
        max_tokens: new tokens of a reply at most.
        cpu_seconds: CPU time of a program, or of an agent's action.
        turns: of an agent at most.
    """

    library: Path
    problems: Path
    domain: str | None = None
    limit: int | None = None
    tools: WithTools = "prompt"
    keep: int = 3
    without_plan: WithoutPlan = "problem"
    max_tokens: int = SOLVING.max_tokens
    cpu_seconds: float = LIMITS.seconds
    turns: int = Acting.turns

    @property
    def searches(self) -> bool:
        """Whether tools are looked for."""
        return self.tools in ("prompt", "callable")

    @property
    def acts(self) -> bool:
        """Whether an agent acts, turn by turn."""
        return self.tools in ("callable", "callable-none")


@dataclass(frozen=True)
class Found:
    """The tools for one problem.

    Attributes:
        problem: what was asked.
        hits: best first.
        plan: what the planner said; None without one.
    """

    problem: ToolProblem
    hits: tuple[Hit, ...] = ()
    plan: Plan | None = None

    @property
    def id(self) -> str:
        """Of the problem."""
        return self.problem.id
