"""What is on record is done again without a model: programs that used tools, verdicts of every step, choices between duplicates."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from toolset_audit_fakes import LIBRARY, SMALL, library_rows, write_release

from windward.recipes.errors import RecipeError
from windward.recipes.toolsets.auditing import audit_library
from windward.recipes.toolsets.importing import ImportConfig, import_released
from windward.recipes.toolsets.replaying import Replay, counted, recorded_key, replay_library
from windward.toolsets.audit_fresh import run_again, with_used_tools
from windward.toolsets.dedup import Decision
from windward.toolsets.domains import TABLES
from windward.toolsets.problems import ToolProblem
from windward.toolsets.records import Tool
from windward.toolsets.released import DOMAINS, read_released
from windward.toolsets.replay import replay_dedup, valid_tools
from windward.toolsets.solved import Solved, write_solved
from windward.toolsets.steps import Step, read_steps, write_steps
from windward.toolsets.toolset import Toolset
from windward.toolsets.validate import Validator

TOOLS = {
    "1": Tool("1", "?", "3", code="def add(a, b):\n    return a + b"),
    "2": Tool("2", "?", "3", code="def cut(text):\n    return text[:2]"),
}


def quiet(line: str) -> None:
    """Says nothing."""


@pytest.fixture(scope="module")
def validator() -> Iterator[Validator]:
    with Validator(SMALL, domain=TABLES) as made:
        yield made


# -- programs that used tools -----------------------------------------------------------------------------


def _solved(id: str, program: str, answer: str, *, right: bool, used: tuple[str, ...] = ("1",)) -> Solved:
    problem = ToolProblem(id, f"Question {id}?", answer)
    return Solved(problem, ("1", "2"), (3, 2), used, program, answer, "ok", right, right)


def test_a_recorded_program_is_right_again_with_the_same_tools(validator: Validator) -> None:
    use = run_again(_solved("p", "print(add(2, 3))", "5", right=True), TOOLS, validator)
    assert (use.before, use.now, use.change, use.printed) == ("ok", "ok", "same", "5")


def test_a_tool_that_was_changed_or_is_gone_makes_a_program_no_longer_right(validator: Validator) -> None:
    row = _solved("p", "print(add(2, 3))", "5", right=True)
    changed = TOOLS | {"1": replace(TOOLS["1"], code="def add(a, b):\n    return a - b")}
    use = run_again(row, changed, validator)
    assert (use.now, use.change, use.printed, use.gone) == ("wrong", "no longer", "-1", ())
    use = run_again(row, {"2": TOOLS["2"]}, validator)
    assert (use.now, use.change, use.gone) == ("crash", "no longer", ("1",))
    assert "NameError" in use.why


def test_a_program_that_was_wrong_and_is_right_now_is_new(validator: Validator) -> None:
    use = run_again(_solved("p", "print(add(2, 3))", "5", right=False), TOOLS, validator)
    assert (use.before, use.now, use.change) == ("wrong", "ok", "new")


def test_what_is_near_enough_is_ok_and_whether_it_is_equal_is_told_beside_it(validator: Validator) -> None:
    row = replace(_solved("p", "print(add(2, 3.001))", "5", right=True), strict=False)
    use = run_again(row, TOOLS, validator)
    assert (use.now, use.strict_before, use.strict_now, use.change) == ("ok", False, False, "same")


def test_only_programs_that_were_run_and_name_a_tool_are_run_again() -> None:
    rows = [
        _solved("uses", "print(add(1, 2))", "3", right=True),
        _solved("does not", "print(3)", "3", right=True, used=()),
        replace(_solved("unread", "", "3", right=False), status="unread"),
    ]
    assert [row.problem.id for row in with_used_tools(rows)] == ["uses"]


def test_an_audit_tells_of_each_tool_how_it_fared_in_the_programs_that_name_it(
    tmp_path: Path, validator: Validator
) -> None:
    Toolset(tuple(TOOLS.values())).save(tmp_path / "library")
    rows = [
        _solved("a", "print(add(2, 3))", "5", right=True),
        _solved("b", "print(add(2, 2))", "5", right=True),
        _solved("c", "print(cut('abc') + str(add(1, 1)))", "ab2", right=False, used=("1", "2")),
        _solved("d", "print(7)", "7", right=True, used=()),
    ]
    write_solved(tmp_path / "run", rows)
    said: list[str] = []
    audit_library(
        tmp_path / "library", tmp_path / "audit.json", solved=tmp_path / "run", validator=validator, jobs=1, tell=said.append
    )  # fmt: skip
    told = json.loads((tmp_path / "audit.json").read_text())
    assert told["tools"]["1"]["fresh"] == {
        "n": 3, "ok": 2, "wrong": 1, "crash": 0, "timeout": 0, "strict_ok": 2, "ok_before": 2, "no_longer": ["b"], "new": ["c"],
    }  # fmt: skip
    assert (told["tools"]["2"]["fresh"]["n"], told["tools"]["2"]["fresh"]["new"]) == (1, ["c"])
    assert "fresh problem b, tools 1: was ok, is wrong, prints '4' for '5'" in said
    assert said[-1] == "fresh problems: 3 programs that used tools, 2 ok; 1 no longer, 1 new"


# -- steps and choices ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("replayed")
    import_released(ImportConfig(write_release(folder / "release")), folder / "library", tell=quiet)
    return folder / "library"


@pytest.fixture(scope="module")
def replayed(library: Path, validator: Validator) -> Replay:
    return replay_library(library, validator=validator, jobs=1, tell=quiet)


def test_every_recorded_verdict_is_found_again_and_what_differs_is_named(replayed: Replay) -> None:
    solutions = counted(replayed.runs, "solution verdict")
    abstractions = counted(replayed.runs, "abstraction verdict")
    assert (solutions["n"], solutions["equal"], solutions["passed_then"]) == (7, 7, 6)
    assert (abstractions["n"], abstractions["equal"], abstractions["different"]) == (6, 4, ["6", "7"])
    assert {(run.tool, run.recorded, run.now) for run in replayed.runs if not run.equal} == {
        ("6", "ok", "wrong"),
        ("7", "ok", "crash"),
    }
    assert not replayed.all_equal


def test_the_choices_leave_the_library_in_its_order(replayed: Replay) -> None:
    assert [(one.step, one.tools, one.kept, one.equal) for one in replayed.steps] == [
        ("epoch 0", 2, 1, True),
        ("epoch 1", 4, 4, True),
        ("all", 5, 5, True),
    ]


def test_a_second_replay_runs_nothing_and_says_the_same(
    library: Path, replayed: Replay, validator: Validator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("it ran again")

    monkeypatch.setattr(Validator, "validate_one", never)
    said: list[str] = []
    assert replay_library(library, validator=validator, jobs=1, tell=said.append) == replayed
    assert said[0] == "abstraction verdict of 6 (epoch 1): was ok, is wrong: prints '4.0' for '8.0', 0.0 s"
    assert "solution verdicts: 7 of 7 as recorded; 6 passed then, 6 pass now" in said
    assert said[-1] == "duplicates, all: 5 tools, 5 kept, 0 decisions; as recorded"


def _step(tool: str, code: str, verdict: str = "ok") -> Step:
    return Step(tool, 0, "abstraction verdict", code, "print(1)", verdict)


async def test_a_library_that_the_choices_do_not_leave_is_told_from_one_in_another_order() -> None:
    steps = [_step("1", "def f(a): pass"), _step("2", "def f(b): pass"), _step("3", "def g(): pass")]
    epochs = valid_tools([*steps, _step("4", "def h(): pass", "wrong")], {})
    assert [tool.id for tool in epochs[0]] == ["1", "2", "3"]
    decisions = [Decision("epoch 0", "f/1", "chosen", ("1", "2"), "2", "it is wider")]
    left = [Tool(id, "", "") for id in ("2", "3")]
    for library, why in (
        (left, ""),
        (left[::-1], "the library holds the same tools in another order"),
        ([left[0], Tool("9", "", "")], "the library lacks 3; it holds 9, which the choices do not leave"),
    ):
        last = (await replay_dedup(epochs, decisions, library, "name and count"))[-1]
        assert (last.equal, last.why) == (not why, why)
    (first, _) = await replay_dedup(
        epochs, [*decisions, replace(decisions[0], group="g/0")], left, "name and count"
    )
    assert "1 decisions are made, other than the 2 on record" in first.why
    (refused,) = await replay_dedup(epochs, [], left, "name and count")
    assert not refused.equal and "no choice among 1, 2 is on record" in refused.why


def test_verdicts_without_a_problem_and_folders_without_steps_are_told(
    tmp_path: Path, validator: Validator
) -> None:
    Toolset((TOOLS["1"],)).save(tmp_path)
    with pytest.raises(RecipeError, match="holds no steps"):
        replay_library(tmp_path, validator=validator)
    write_steps(tmp_path, [_step("1", TOOLS["1"].code)])
    said: list[str] = []
    found = replay_library(tmp_path, validator=validator, jobs=1, tell=said.append)
    assert (found.runs, found.without_problem, found.all_equal) == ((), ("1",), False)
    assert [one.why for one in found.steps] == ["", ""]
    assert "warning: 1 verdicts have no problem on record and were not run" in said


def test_where_the_files_imply_no_choices_none_are_made(tmp_path: Path, validator: Validator) -> None:
    released = write_release(tmp_path / "release", library_rows()[1:])
    import_released(ImportConfig(released), tmp_path / "library", tell=quiet)
    said: list[str] = []
    assert replay_library(tmp_path / "library", validator=validator, jobs=1, tell=said.append).steps == ()
    assert said[-1] == "duplicates: it is not known what was decided (import.json says why)"


def test_the_key_of_the_choices_is_the_one_of_the_run_that_made_them(tmp_path: Path) -> None:
    assert recorded_key(tmp_path) == "name and count"
    (tmp_path / "run.json").write_text('{"settings": {"key": "name"}}')
    assert recorded_key(tmp_path) == "name"
    (tmp_path / "run.json").write_text('{"settings": {"key": "head"}}')
    with pytest.raises(RecipeError, match="no key 'head'"):
        recorded_key(tmp_path)


# -- the released data ------------------------------------------------------------------------------------

needs_data = pytest.mark.skipif("WINDWARD_DATA" not in os.environ, reason="needs WINDWARD_DATA")


def _released(domain: str, folder: Path) -> Path:
    released = Path(os.environ["WINDWARD_DATA"]) / "craft" / DOMAINS[domain] / LIBRARY
    import_released(ImportConfig(released), folder, tell=quiet)
    return folder


@needs_data
@pytest.mark.parametrize(
    ("domain", "kept"), [("math", [107, 68, 60, 57, 282]), ("tables", [82, 43, 48, 48, 180])]
)
def test_the_imported_choices_make_every_released_step_again_in_ids_and_order(
    tmp_path: Path, domain: str, kept: list[int]
) -> None:
    folder = _released(domain, tmp_path)
    toolset, steps = Toolset.load(folder), read_steps(folder)
    epochs = valid_tools(steps, {})
    released = read_released(Path(os.environ["WINDWARD_DATA"]) / "craft" / DOMAINS[domain])
    assert [[tool.id for tool in epoch] for epoch in epochs] == [
        [tool.id for tool in epoch.valid] for epoch in released.epochs
    ]
    made = asyncio.run(replay_dedup(epochs, toolset.decisions, toolset.tools, recorded_key(folder)))
    assert [one.kept for one in made] == kept
    assert all(one.equal for one in made)


@needs_data
@pytest.mark.slow
def test_the_whole_way_of_the_released_mathematics_tools_is_as_recorded_but_for_one_slow_solution(
    tmp_path: Path,
) -> None:
    found = replay_library(_released("math", tmp_path / "library"), tell=quiet)
    solutions, abstractions = (
        counted(found.runs, stage) for stage in ("solution verdict", "abstraction verdict")
    )
    assert (solutions["n"], solutions["different"]) == (500, ["1355"])
    assert (abstractions["n"], abstractions["different"]) == (340, [])
    assert all(one.equal for one in found.steps)


@needs_data
@pytest.mark.slow
def test_the_way_of_the_released_table_tools_differs_in_the_runs_that_are_known_to(tmp_path: Path) -> None:
    found = replay_library(_released("tables", tmp_path / "library"), tell=quiet)
    solutions, abstractions = (
        counted(found.runs, stage) for stage in ("solution verdict", "abstraction verdict")
    )
    newer = {"10836", "16290", "8850"} if int(found.environment.numpy.split(".")[0]) >= 2 else set()
    assert (solutions["n"], set(solutions["different"])) == (500, newer)
    assert (abstractions["n"], set(abstractions["different"])) == (341, newer | {"9956", "11645", "8611"})
    assert all(one.equal for one in found.steps)
