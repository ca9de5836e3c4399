"""Statistics of a library: hand-counted tools, steps and solved problems, and the released libraries."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from windward.rows import Result, select
from windward.toolsets.atomicity import Atomicity, atomicity, defined_names
from windward.toolsets.dedup import Decision
from windward.toolsets.problems import ToolProblem
from windward.toolsets.records import Tool
from windward.toolsets.released import DOMAINS, LIBRARY, read_tools
from windward.toolsets.solved import Solved
from windward.toolsets.statistics import (
    KEPT,
    described,
    duplicate_results,
    text_results,
    use_results,
    uses,
    verdict_results,
    yield_results,
)
from windward.toolsets.steps import Stage, Step


def tool(id: str, code: str) -> Tool:
    return Tool(id, f"question {id}", "1", code=code)


def solved(id: str, tools: Sequence[str], used: Sequence[str], right: bool, status: str = "ok") -> Solved:
    problem = ToolProblem(id, f"problem {id}", "1")
    votes = tuple(range(len(tools) + 1, 1, -1))
    return Solved(problem, tuple(tools), votes, tuple(used), "", "1", status, lenient=right, strict=False)


def one(rows: Sequence[Result], metric: str, **condition: object) -> Result:
    found = select(rows, metric=metric, condition=condition)
    assert len(found) == 1, (metric, condition, found)
    return found[0]


def test_one_function_that_calls_no_other_tool_is_atomic() -> None:
    made = atomicity('def f(x, *y):\n    """Says."""\n    z = max(x, 1)\n    return z\n', {"g", "max"})
    assert made == Atomicity(functions=1, statements=2, arguments=2, calls=())
    assert made.atomic


def test_a_tool_that_calls_another_of_its_library_is_not_atomic() -> None:
    made = atomicity("def f(x):\n    return g(h(x.g()))\n", {"g", "k"})
    assert made is not None and made.calls == ("g",) and not made.atomic


def test_a_helper_within_a_tool_is_a_second_function_and_no_call_of_another_tool() -> None:
    made = atomicity("def f(x):\n    def g(y):\n        return y\n    return g(x)\n", {"g"})
    assert made == Atomicity(functions=2, statements=2, arguments=1, calls=())
    assert not made.atomic


@pytest.mark.parametrize("code", ["def f(:", "x = 1", "", "class K:\n    def m(self): pass\n"])
def test_a_text_without_a_function_of_its_own_has_no_atomicity(code: str) -> None:
    assert atomicity(code) is None


def test_names_of_a_library_are_those_at_the_top_level() -> None:
    assert defined_names(["def f():\n    def g(): pass\n", "def h(): pass\ndef k(): pass\n", "("]) == {"f", "h", "k"}  # fmt: skip


def test_a_text_that_cannot_be_read_stays_in_the_denominator() -> None:
    tools = [tool("1", "def f(a):\n    'Adds.'\n    return a or 1\n"), tool("2", "def g(a, b): return f(a)\n"), tool("3", "def h(")]  # fmt: skip
    rows = text_results(tools, "mine")
    atomic = one(rows, "atomic_rate")
    assert atomic.value == pytest.approx(1 / 3)
    assert (atomic.n, atomic.unparsed) == (3, 1)
    assert one(rows, "calls_a_tool_rate").value == pytest.approx(1 / 3)
    assert one(rows, "docstring_rate").value == pytest.approx(1 / 3)
    complexity = one(rows, "complexity_mean")
    assert (complexity.value, complexity.n, complexity.unparsed) == (1.5, 2, 1)
    assert one(rows, "functions_of_complexity", complexity=2).value == 1
    assert one(rows, "tools_with_arguments", arguments=2).value == 1
    assert {row.model for row in rows} == {"mine"}


def test_a_tool_is_no_other_tool_to_itself_but_one_with_its_name_is() -> None:
    recursive, other = tool("1", "def f(a): return f(a - 1)"), tool("2", "def f(a): return 1")
    caller = tool("3", "def g(a): return f(a)")
    assert [row.calls for row in described([recursive, caller])] == [(), ("f",)]
    assert [row.calls for row in described([recursive, other, caller])] == [(), (), ("f",)]


def test_an_empty_library_has_no_shares() -> None:
    rows = text_results([], "none")
    assert [(row.metric, row.value) for row in rows] == [("tools", 0), ("names", 0)]


def steps(id: str, epoch: int, *verdicts: str) -> list[Step]:
    stages: tuple[Stage, ...] = ("solution", "solution verdict", "abstraction", "abstraction verdict")
    return [Step(id, epoch, stage, "c", "c", verdict) for stage, verdict in zip(stages, verdicts, strict=False)]  # fmt: skip


def test_yield_counts_tools_past_each_stage_of_each_epoch() -> None:
    rows = yield_results(
        [
            *steps("1", 0, "ok", "ok", "ok", "ok"),
            *steps("2", 0, "ok", "wrong"),
            *steps("3", 0, "unread"),
            *steps("4", 1, "ok", "ok", "ok", "crash"),
        ],
        [tool("1", "")],
        [],
        "mine",
    )
    counts = {
        stage: [one(rows, "passed", stage=stage, epoch=epoch).value for epoch in (0, 1)]
        for stage in ("problem", "solution", "solution verdict", "abstraction", "abstraction verdict", KEPT)
    }
    assert counts == {
        "problem": [3, 1], "solution": [2, 1], "solution verdict": [1, 1], "abstraction": [1, 1],
        "abstraction verdict": [1, 0], KEPT: [1, 0],
    }  # fmt: skip
    share = one(rows, "passed_rate", stage="solution")
    assert (share.value, share.n) == (0.75, 4)
    assert [one(rows, "grown", stage="solution verdict", problems=n).value for n in (3, 4)] == [1, 2]


def test_problems_are_lost_at_their_last_step_or_to_another_tool() -> None:
    rows = yield_results(
        [
            *steps("1", 0, "ok", "ok", "ok", "ok"),
            *steps("2", 0, "ok", "ok", "ok", "ok"),
            *steps("3", 0, "ok", "wrong"),
            *steps("3", 0, "unread"),
            *steps("4", 1, "ok", "crash"),
        ],
        [tool("1", "")],
        [Decision("all", "f/1", "chosen", ("1", "2"), "1", "")],
        "mine",
    )
    lost = {
        (row.condition["stage"], row.condition["verdict"]): row.value for row in select(rows, metric="lost")
    }
    assert lost == {("de-duplication", "another stayed"): 1, ("solution", "unread"): 1, ("solution verdict", "crash"): 1}  # fmt: skip
    assert sum(lost.values()) + one(rows, "passed", stage=KEPT, epoch=0).value == 4


def test_a_recorded_step_was_passed_where_the_tool_is_found_after_it() -> None:
    rows = yield_results(
        [
            *steps("1", 0, "ok", "recorded", "ok", "recorded"),
            *steps("2", 0, "ok", "recorded"),
            *steps("3", 0, "ok", "recorded", "ok", "recorded"),
            *steps("4", 0, "ok", "recorded", "ok", "recorded"),
        ],
        [tool("1", "")],
        [Decision("all", "f/1", "chosen", ("1", "3"), "1", "")],
        "mine",
    )
    assert one(rows, "passed", stage="solution verdict", epoch=0).value == 3
    assert one(rows, "passed", stage="abstraction verdict", epoch=0).value == 2


def test_decisions_and_what_they_dropped_are_counted_by_rule_and_step() -> None:
    rows = duplicate_results(
        [
            Decision("epoch 0", "f", "identical head", ("1", "2", "3"), "1", ""),
            Decision("epoch 0", "f", "chosen", ("1", "4"), "4", ""),
            Decision("all", "g", "chosen", ("4", "5"), "5", ""),
        ],
        "mine",
    )
    assert one(rows, "dropped", rule="identical head", step="epoch 0").value == 2
    assert one(rows, "decisions", rule="chosen", step="all").value == 1
    assert sum(row.value for row in select(rows, metric="dropped")) == 4


def test_a_tool_without_a_verdict_counts_as_not_audited() -> None:
    tools = [tool(id, "") for id in "1234"]
    verdicts = [
        {"tool": "1", "verdict": "ok", "strict": "ok"},
        {"tool": "2", "verdict": "ok", "strict": "wrong"},
        {"tool": "3", "verdict": "crash", "strict": "crash"},
        {"tool": "elsewhere", "verdict": "ok", "strict": "ok"},
    ]
    rows = verdict_results(verdicts, tools, "mine")
    assert {row.condition["verdict"]: row.value for row in select(rows, metric="verdict_rate")} == {"ok": 0.5, "crash": 0.25, "not audited": 0.25}  # fmt: skip
    strict = one(rows, "strict_rate")
    assert (strict.value, strict.n, strict.unparsed) == (0.25, 4, 1)
    assert verdict_results([], tools, "mine") == []


def test_uses_are_counted_by_problem_and_by_tool() -> None:
    run = [
        solved("a", ["1", "2"], ["1"], right=True),
        solved("b", ["1"], [], right=True),
        solved("c", ["3"], ["3"], right=False),
        solved("d", [], [], right=False, status="unread"),
    ]
    rows = use_results({"run": run}, [tool(id, "") for id in "1234"], "mine")
    assert {row.dataset for row in rows} == {"run"}
    assert (one(rows, "shown_rate").value, one(rows, "used_rate").value) == (0.75, 0.5)
    assert one(rows, "lenient_accuracy", programs="all").value == 0.5
    assert one(rows, "lenient_accuracy", programs="all").unparsed == 1
    with_tools = one(rows, "lenient_accuracy", programs="that call a tool")
    assert (with_tools.value, with_tools.n) == (0.5, 2)
    assert one(rows, "strict_accuracy", programs="all").value == 0
    shares = [one(rows, f"tool_{name}_rate").value for name in ("shown", "used", "solved")]
    assert shares == [0.75, 0.5, 0.25]


def test_a_use_has_rank_and_votes_of_its_tool() -> None:
    found = uses({"run": [solved("a", ["1", "2"], ["2"], right=True)]})
    assert [(use.tool, use.rank, use.votes, use.used) for use in found] == [("1", 1, 3, False), ("2", 2, 2, True)]  # fmt: skip


@pytest.mark.skipif("WINDWARD_DATA" not in os.environ, reason="needs WINDWARD_DATA")
@pytest.mark.parametrize(("domain", "atomic", "names"), [("math", 276 / 282, 281), ("tables", 1.0, 179)])
def test_the_released_tools_are_nearly_all_atomic_and_none_calls_another(
    domain: str, atomic: float, names: int
) -> None:
    tools = read_tools(Path(os.environ["WINDWARD_DATA"]) / "craft" / DOMAINS[domain] / LIBRARY)
    rows = text_results(tools, domain)
    assert one(rows, "atomic_rate").value == atomic
    assert one(rows, "calls_a_tool_rate").value == 0
    assert one(rows, "names").value == names
    assert one(rows, "complex_rate").value == 0
