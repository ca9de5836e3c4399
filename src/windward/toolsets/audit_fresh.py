"""Fresh problems of an audit: programs that once used tools of a library run again with the tools as they are now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from windward.toolsets.records import Tool
from windward.toolsets.retrieve import Hit
from windward.toolsets.solve import Written, judged
from windward.toolsets.solved import Solved
from windward.toolsets.validate import Outcome, Validator

Change = Literal["same", "no longer", "new"]
"""It is right now as then, or wrong now as then; it was right and is not any more; it was not and is."""


@dataclass(frozen=True)
class FreshUse:
    """A recorded program that was run again.

    Attributes:
        problem: its id.
        used: ids of the tools that the program names.
        gone: ids of those tools which the library has no more.
        before: what it came to when it was recorded, by the paper's last rule.
        now: what it comes to, by the same rule.
        strict_before: whether it was right by value.
        strict_now: whether it is.
        printed: the last line that it prints now.
        answer: the right one.
        why: the error, where one ends it now.
        change: between then and now.
    """

    problem: str
    used: tuple[str, ...]
    gone: tuple[str, ...]
    before: Outcome
    now: Outcome
    strict_before: bool
    strict_now: bool
    printed: str
    answer: str
    why: str
    change: Change


def with_used_tools(rows: Iterable[Solved]) -> list[Solved]:
    """Those rows whose program was run and names a tool."""
    return [row for row in rows if row.used and row.status != "unread"]


def run_again(row: Solved, tools: Mapping[str, Tool], validator: Validator) -> FreshUse:
    """Runs a recorded program with the tools that it was shown, as they are now; no model is asked.

    Args:
        row: recorded.
        tools: the library as it is, by id.
        validator: runs the program.

    Raises:
        InterpreterError: the interpreter works for no program.
    """
    shown = [Hit(id, votes, {}, 0.0) for id, votes in zip(row.tools, row.votes, strict=True) if id in tools]
    seen = judged(row.problem, Written(row.program, tuple(shown)), tools, validator)
    before, now = outcome(row), outcome(seen)
    change: Change = "same"
    if (before == "ok") != (now == "ok"):
        change = "new" if now == "ok" else "no longer"
    gone = tuple(id for id in row.used if id not in tools)
    return FreshUse(
        row.problem.id, row.used, gone, before, now, row.strict, seen.strict, seen.printed, row.problem.answer, seen.why, change
    )  # fmt: skip


def outcome(row: Solved) -> Outcome:
    """What a program came to, by the paper's last rule."""
    if row.status == "timeout":
        return "timeout"
    if row.status != "ok":
        return "crash"
    return "ok" if row.lenient else "wrong"


def fresh_of_tool(uses: Sequence[FreshUse], tool: str) -> dict[str, Any]:
    """How a tool fared in the programs that name it, as a JSON value."""
    mine = [use for use in uses if tool in use.used]
    counted = Counter(use.now for use in mine)
    return {
        "n": len(mine),
        **{name: counted[name] for name in ("ok", "wrong", "crash", "timeout")},
        "strict_ok": sum(use.strict_now for use in mine),
        "ok_before": sum(use.before == "ok" for use in mine),
        "no_longer": [use.problem for use in mine if use.change == "no longer"],
        "new": [use.problem for use in mine if use.change == "new"],
    }
