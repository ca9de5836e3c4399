"""A run of solving: its files, its figures, what it finds for each problem, and what a killed one costs."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import toolset_solve_fakes
from toolset_solve_fakes import (
    QUESTIONS,
    Letters,
    block,
    model,
    planning,
    said_of,
    write_library,
    write_problems,
)
from windward.evals.folder import FolderError
from windward.interpreter import Limits
from windward.models import Message, scripted
from windward.recipes.errors import RecipeError
from windward.recipes.toolsets.solving import solve_problems
from windward.recipes.toolsets.solving_config import SolveConfig
from windward.rows.results import Result, read_results, select
from windward.toolsets.domains import TABLES
from windward.toolsets.indexed import INDEX, indexed
from windward.toolsets.parquet_files import ToolsetError
from windward.toolsets.solved import read_solved
from windward.toolsets.toolset import Toolset
from windward.toolsets.validate import Validator

N = len(QUESTIONS)
SMALL = Limits(seconds=1, wall_seconds=20, memory_mb=256, disk_mb=16, file_mb=4, processes=8)
Solve = Callable[..., list[Result]]


@pytest.fixture
def config(tmp_path: Path) -> SolveConfig:
    return SolveConfig(
        write_library(tmp_path / "library"), write_problems(tmp_path / "problems.jsonl"), "tables"
    )


@pytest.fixture(scope="module")
def validator() -> Iterator[Validator]:
    with Validator(SMALL, domain=TABLES) as made:
        yield made


@pytest.fixture
def solved(validator: Validator) -> Solve:
    return partial(solved_by, validator)


def solved_by(validator: Validator | None, config: SolveConfig, out: Path, **more: Any) -> list[Result]:
    given: dict[str, Any] = {
        "planner": model(),
        "encoder": Letters,
        "validator": validator,
        "tell": lambda line: None,
    } | more
    return read_results(solve_problems(config, given.pop("writes", model()), out, **given))


def value(results: list[Result], metric: str) -> float:
    return select(results, metric=metric)[0].value


def test_a_library_helps_and_the_difference_is_paired(
    solved: Solve, config: SolveConfig, tmp_path: Path
) -> None:
    without = solved(replace(config, tools="none"), tmp_path / "without")
    with_tools = solved(config, tmp_path / "with", against=tmp_path / "without")
    assert (value(without, "accuracy_lenient"), value(with_tools, "accuracy_lenient")) == (0.25, 1.0)
    change = select(with_tools, metric="accuracy_strict_change")[0]
    assert (change.value, change.n, change.condition["gained"], change.condition["lost"]) == (0.75, N, 3, 0)
    assert change.condition["low"] < 0.75 <= change.condition["high"] <= 1
    assert (
        value(with_tools, "plans_read")
        == value(with_tools, "tools_found")
        == value(with_tools, "tools_used")
        == 1
    )
    assert not select(without, metric="plans_read")


def test_unread_replies_and_crashes_stay_in_the_denominator(
    solved: Solve, config: SolveConfig, tmp_path: Path
) -> None:
    replies = iter([block("print(1/0)"), "No idea.", block("print(2)"), block("print(2)")])

    def says(messages: Any) -> str:
        return next(replies)

    results = solved(replace(config, tools="none"), tmp_path / "out", writes=scripted(says), planner=None)
    for metric, wanted in (("accuracy_lenient", 0.25), ("accuracy_strict", 0.25), ("crashes", 0.25)):
        result = select(results, metric=metric)[0]
        assert (result.value, result.n, result.unparsed) == (wanted, N, 1) or metric == "accuracy_lenient"
        assert result.condition["low"] < result.value < result.condition["high"]
    assert sorted(row.status for row in read_solved(tmp_path / "out")) == ["crash", "ok", "ok", "unread"]


def test_without_a_plan_the_nearest_problems_bring_their_tools_or_nothing_does(
    solved: Solve, config: SolveConfig, tmp_path: Path
) -> None:
    def no_plan(messages: Any) -> str:
        return "I do not plan." if planning(messages) else said_of(messages)

    results = solved(replace(config, keep=1), tmp_path / "near", planner=scripted(no_plan))
    assert (value(results, "plans_read"), value(results, "tools_found")) == (0, 1)
    assert all(row.tools == ("mean",) and row.votes == (1,) for row in read_solved(tmp_path / "near"))
    results = solved(replace(config, without_plan="nothing"), tmp_path / "none", planner=None)
    assert value(results, "tools_found") == 0
    assert all(row.tools == () for row in read_solved(tmp_path / "none"))


def test_a_problem_that_a_tool_was_made_from_is_counted(
    solved: Solve, config: SolveConfig, tmp_path: Path
) -> None:
    config.problems.write_text('{"question": "What is the mean of the numbers?", "answer": "5"}\n')
    results = solved(
        config, tmp_path / "out", writes=scripted(lambda messages: block("print(5)")), planner=None
    )
    assert value(results, "originating_problems") == 1


def test_the_same_command_asks_nothing_twice_and_another_one_is_refused(
    solved: Solve, config: SolveConfig, tmp_path: Path
) -> None:
    first = solved(config, tmp_path / "out")
    again = scripted([])
    assert solved(config, tmp_path / "out", writes=again, planner=again) == first
    assert again.calls == []
    with pytest.raises(FolderError, match="keep"):
        solved(replace(config, keep=2), tmp_path / "out")


KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, {fakes!r})
from toolset_solve_fakes import Letters, planning, said_of
from windward.models import scripted
from windward.recipes.toolsets.solving import solve_problems
from windward.recipes.toolsets.solving_config import SolveConfig

folder, most = Path(sys.argv[1]), int(sys.argv[2])
calls = folder / "calls"

def says(messages):
    before = calls.read_text().count("call") if calls.exists() else 0
    if before == most:
        os.kill(os.getpid(), 9)
    with calls.open("a") as file:
        file.write("plan call\\n" if planning(messages) else "program call\\n")
    return said_of(messages)

config = SolveConfig(folder / "library", folder / "problems.jsonl", "tables")
solve_problems(config, scripted(says), folder / "out", planner=scripted(says), encoder=Letters)
"""


@pytest.mark.slow
def test_a_killed_run_buys_no_reply_twice(config: SolveConfig, tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(KILLED.format(fakes=str(Path(toolset_solve_fakes.__file__).parent)))

    def start(most: int) -> int:
        command = [sys.executable, str(script), str(tmp_path), str(most)]
        return subprocess.run(command, capture_output=True, timeout=300).returncode

    assert start(N + 2) == -9  # all plans, and two programs
    assert config.problems.exists() and not (tmp_path / "out" / "results.parquet").exists()
    assert start(1_000) == 0
    calls = (tmp_path / "calls").read_text()
    with closing(sqlite3.connect(tmp_path / "out" / "journal.sqlite")) as journal:
        states = [state for (state,) in journal.execute("SELECT state FROM attempts")]
    assert calls.count("plan") == N  # all were stored before the first program was asked for
    assert calls.count("program") - states.count("uncertain") <= N and states.count("done") == 2 * N
    assert all(row.strict for row in read_solved(tmp_path / "out"))


def test_the_run_to_compare_with_must_have_these_problems(
    solved: Solve, config: SolveConfig, tmp_path: Path
) -> None:
    with pytest.raises(ToolsetError, match=r"solved\.parquet"):
        solved(config, tmp_path / "out", against=tmp_path / "nowhere")
    solved(replace(config, tools="none"), tmp_path / "other")
    config.problems.write_text('{"question": "What is the mean of 1 and 2?", "answer": "1.5"}\n')
    with pytest.raises(RecipeError, match="none of these problems"):
        solved(config, tmp_path / "out", against=tmp_path / "other")


def test_a_problem_that_could_not_be_written_is_refused_before_anything_is_asked(
    solved: Solve, config: SolveConfig, tmp_path: Path
) -> None:
    config.problems.write_text('{"question": "Half: \\ud800", "answer": "1"}\n')
    asked = model()
    with pytest.raises(RecipeError, match="half a character"):
        solved(config, tmp_path / "out", writes=asked, planner=asked)
    assert asked.calls == []


def test_an_unknown_domain_is_named_with_those_there_are(config: SolveConfig, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="math, tables"):
        solved_by(None, replace(config, domain="chemistry"), tmp_path / "out")


def test_a_table_is_shown_with_its_problem_and_to_the_planner_too(
    solved: Solve, config: SolveConfig, tmp_path: Path
) -> None:
    asked = model()
    solved(config, tmp_path / "out", writes=asked, planner=asked)
    asked_of: list[Message] = [messages[-1] for messages in asked.calls]
    assert len(asked_of) == 2 * N and all("Tuesday | 8" in message["content"] for message in asked_of)


class Other(Letters):
    """An encoder with another name."""

    name = "others"


def test_an_index_is_made_once_and_again_when_the_tools_are_others(tmp_path: Path) -> None:
    folder = write_library(tmp_path / "library")
    toolset = Toolset.load(folder)
    first = indexed(folder, toolset, Letters())
    made = (folder / INDEX).stat().st_mtime_ns
    assert indexed(folder, toolset, Letters()).ids == first.ids
    assert (folder / INDEX).stat().st_mtime_ns == made
    fewer = Toolset(toolset.tools[:2])
    assert indexed(folder, fewer, Letters()).ids == ("mean", "largest")
    renamed = Toolset(tuple(replace(tool, question="Why?") for tool in toolset.tools))
    renamed.save(folder)
    assert (indexed(folder, renamed, Letters()).vectors["problem"] != first.vectors["problem"]).any()


def test_an_index_of_another_encoder_is_refused_with_both_names(tmp_path: Path) -> None:
    folder = write_library(tmp_path / "library")
    toolset = Toolset.load(folder)
    indexed(folder, toolset, Letters())
    with pytest.raises(ToolsetError, match="made with letters, not with others"):
        indexed(folder, toolset, Other())
    (folder / INDEX).write_bytes(b"no index")
    with pytest.raises(ToolsetError, match="delete it"):
        indexed(folder, toolset, Letters())


def test_a_library_without_tools_is_said_to_be_one(tmp_path: Path) -> None:
    Toolset(()).save(tmp_path)
    with pytest.raises(ToolsetError, match="without tools"):
        indexed(tmp_path, Toolset.load(tmp_path), Letters())
