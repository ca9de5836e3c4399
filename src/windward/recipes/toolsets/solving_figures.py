"""What a solving run comes to: accuracy by two rules, what became of the problems, and the difference from another run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from windward.evals.paired import compare
from windward.recipes.toolsets.solving_config import Found, SolveConfig
from windward.reports.intervals import wilson
from windward.rows import Result
from windward.toolsets.solved import Solved
from windward.toolsets.toolset import Toolset

SYSTEM = "toolset"


@dataclass(frozen=True)
class Where:
    """What figures were measured under."""

    model: str
    config: SolveConfig
    planner: str | None

    def result(self, metric: str, count: int, n: int, unread: int, **more: Any) -> Result:
        """A share, with Wilson's interval."""
        rate = count / n
        low, high = wilson(rate, n)
        under = self.under() | {"low": round(low, 6), "high": round(high, 6)} | more
        return Result(SYSTEM, self.model, self.config.problems.stem, "test", metric, rate, n, under, sqrt(rate * (1 - rate) / n), unread)  # fmt: skip

    def under(self) -> dict[str, Any]:
        """The condition of every figure."""
        if not self.config.searches:
            return {"tools": self.config.tools}
        return {
            "tools": self.config.tools,
            "keep": self.config.keep,
            "planner": self.planner or "none",
            "without_plan": self.config.without_plan,
        }


def figures(rows: Sequence[Solved], found: Sequence[Found], toolset: Toolset, where: Where) -> list[Result]:
    """Accuracy by both rules and what became of the problems; every one of them is in every denominator."""
    status = Counter(row.status for row in rows)
    made_from = {tool.question for tool in toolset.tools}
    counts = {
        "accuracy_lenient": sum(row.lenient for row in rows),
        "accuracy_strict": sum(row.strict for row in rows),
        "crashes": status["crash"],
        "timeouts": status["timeout"],
    }
    if where.config.searches:
        counts |= {
            "plans_read": sum(one.plan is not None for one in found),
            "tools_found": sum(bool(one.hits) for one in found),
            "tools_used": sum(bool(row.used) for row in rows),
            "originating_problems": sum(row.problem.question in made_from for row in rows),
        }
    return [where.result(metric, count, len(rows), status["unread"]) for metric, count in counts.items()]


def changes(before: Sequence[Solved], rows: Sequence[Solved], where: Where, against: str) -> list[Result]:
    """This run less another on the problems of both: paired differences with a bootstrap's interval, and McNemar's test."""
    earlier = {row.problem.id: row for row in before}
    both = [(earlier[row.problem.id], row) for row in rows if row.problem.id in earlier]
    results = []
    for rule in ("lenient", "strict"):
        found = compare(
            [getattr(one, rule) for one, _ in both], [getattr(two, rule) for _, two in both], seed=0
        )
        told = {"against": against, "low": round(found.low, 6), "high": round(found.high, 6), "gained": found.gained,
                "lost": found.lost, "mcnemar_p": found.p_value}  # fmt: skip
        unread = sum(two.status == "unread" for _, two in both)
        results.append(
            Result(SYSTEM, where.model, where.config.problems.stem, "test", f"accuracy_{rule}_change", found.difference, found.n,
                   where.under() | told, found.stderr, unread)
        )  # fmt: skip
    return results


def in_words(result: Result) -> str:
    """A figure as a line of progress."""
    low, high = result.condition["low"], result.condition["high"]
    said = f"{result.metric.replace('_', ' ')}: {result.value:.3f} [{low:.3f}, {high:.3f}] of {result.n:,}"
    if result.metric.endswith("_change"):
        return f"{said}; {result.condition['gained']} gained, {result.condition['lost']} lost"
    return f"{said}, {result.unparsed} unread" if result.metric.startswith("accuracy") else said
