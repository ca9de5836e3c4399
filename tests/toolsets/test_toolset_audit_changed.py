"""A tool is changed if its text is none that the steps made of its problem; how its lines end is no change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from windward.toolsets.parquet_files import ToolsetError
from windward.toolsets.problems import ToolProblem
from windward.toolsets.provenance import (
    COMPARED_LINES,
    DIFFERENCE_LINES,
    Provenance,
    read_problems,
    write_problems,
)
from windward.toolsets.records import Tool
from windward.toolsets.steps import Step, write_steps

MADE = ("def f(a):\n    return a\n", "x = 1\nprint(f(x))")


def _provenance(*texts: tuple[str, str], whole: bool = False) -> Provenance:
    return Provenance.of_steps(
        [Step("1", 0, "abstraction", code, call, "ok") for code, call in texts], whole=whole
    )


def _tool(code: str, call: str, id: str = "1") -> Tool:
    return Tool(id, "?", "1", code=code, call=call)


@pytest.mark.parametrize(
    ("code", "call"),
    [
        MADE,
        ("def f(a):\r\n    return a", "x = 1\rprint(f(x))\n\n"),
        ("def f(a):  \n    return a\t\n \n", "x = 1 \nprint(f(x)) "),
    ],
)
def test_line_ends_and_white_space_behind_lines_are_no_change(code: str, call: str) -> None:
    assert _provenance(MADE).difference(_tool(code, call)) == ""


@pytest.mark.parametrize(
    ("code", "call", "removed", "added"),
    [
        ("def f(a):\n    return abs(a)", MADE[1], "-    return a", "+    return abs(a)"),
        (MADE[0], "x = 2\nprint(f(x))", "-x = 1", "+x = 2"),
        ("def f(a):\n  return a", MADE[1], "-    return a", "+  return a"),
    ],
)
def test_another_line_of_code_or_call_is_a_change_and_is_shown(
    code: str, call: str, removed: str, added: str
) -> None:
    lines = _provenance(MADE).difference(_tool(code, call)).split("\n")
    assert [line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")] == [removed, added]


def test_any_text_that_a_step_made_will_do_and_a_change_is_shown_against_the_nearest() -> None:
    other = ("def g():\n    pass\n" * 9, "g()")
    provenance = _provenance(other, MADE)
    assert provenance.difference(_tool(*other)) == provenance.difference(_tool(*MADE)) == ""
    assert "-    return a" in provenance.difference(_tool("def f(a):\n    return 2", MADE[1]))


def test_a_verdict_or_a_solution_makes_no_text_of_a_tool() -> None:
    steps = [Step("1", 0, "solution", *MADE, "ok"), Step("1", 0, "abstraction verdict", *MADE, "ok")]
    assert Provenance.of_steps(steps, whole=True).steps(_tool(*MADE)) == "unknown"


def test_where_no_steps_of_a_tool_are_known_no_change_is_found_unless_all_steps_are() -> None:
    stranger = _tool(*MADE, id="2")
    some, every = _provenance(MADE), _provenance(MADE, whole=True)
    assert (some.steps(stranger), some.difference(stranger)) == ("unknown", "")
    assert every.steps(stranger) == "known"
    assert "+def f(a):" in every.difference(stranger)
    assert Provenance.of_steps([], whole=True).steps(stranger) == "unknown"


def test_a_long_difference_is_cut_and_one_far_down_is_still_a_change() -> None:
    many = ("\n".join(f"x = {n}" for n in range(DIFFERENCE_LINES * 3)), MADE[1])
    difference = _provenance(MADE).difference(_tool(*many))
    assert len(difference.split("\n")) == DIFFERENCE_LINES + 1
    assert difference.endswith("more lines")
    far = "x = 1\n" * (COMPARED_LINES + 1)
    assert "after line 2000" in _provenance((far, "f()")).difference(_tool(far + "x = 2", "f()"))


def test_a_built_folder_has_all_its_steps_and_an_imported_one_says_whether_it_has(tmp_path: Path) -> None:
    assert not Provenance.of_folder(tmp_path).whole
    write_steps(tmp_path, [Step("1", 0, "abstraction", *MADE, "ok")])
    assert Provenance.of_folder(tmp_path).whole
    for whole in (False, True):
        (tmp_path / "import.json").write_text(json.dumps({"steps": {"whole": whole}, "decisions": {}}))
        assert Provenance.of_folder(tmp_path).whole is whole
    (tmp_path / "import.json").write_text("{")
    with pytest.raises(ToolsetError, match=r"import\.json is no record of an import"):
        Provenance.of_folder(tmp_path)


def test_problems_of_all_steps_are_kept_with_their_facts(tmp_path: Path) -> None:
    assert read_problems(tmp_path) == {}
    problems = [ToolProblem("1", "q", "a", {"table": "a | b", "id": "odd"}), ToolProblem("2", "r", "b")]
    write_problems(tmp_path, problems)
    assert list(read_problems(tmp_path).values()) == problems
