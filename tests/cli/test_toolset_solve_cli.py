"""`windward toolset solve` and `query` from the command line: what they write and say, and what they say when they cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import windward.models
from toolset_solve_fakes import Letters, model, write_library, write_problems
from windward.cli import app
from windward.toolsets.records import Tool
from windward.toolsets.toolset import Toolset


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windward.models, "resolve", lambda name, base_url=None: model(), raising=False)
    monkeypatch.setattr(windward.models, "sentence_encoder", Letters, raising=False)


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["toolset", *map(str, arguments)])


def test_solve_writes_its_files_and_says_its_figures(tmp_path: Path) -> None:
    library, problems = write_library(tmp_path / "library"), write_problems(tmp_path / "problems.jsonl")
    seen = call("solve", library, problems, "--domain", "tables", "--limit", 2, "--k", 1, "--without-plan", "nothing",
                "--max-tokens", 99, "--cpu-seconds", 3, "--out", tmp_path / "out")  # fmt: skip
    assert seen.exit_code == 0, seen.output
    assert (
        "2 problems, 3 tools" in seen.output and "accuracy strict: 1.000 [0.342, 1.000] of 2" in seen.output
    )
    assert "tools used: 1.000" in seen.output
    for name in ("solved.parquet", "results.parquet", "run.json"):
        assert (tmp_path / "out" / name).is_file()
    settings = json.loads((tmp_path / "out" / "run.json").read_text())["settings"]
    assert (settings["keep"], settings["without_plan"], settings["max_tokens"], settings["cpu_seconds"]) == (
        1,
        "nothing",
        99,
        3,
    )
    assert (settings["domain"], settings["tools"], settings["planner"]) == ("tables", "prompt", "scripted")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{tmp}/nothing", "{tmp}/problems.jsonl"], "tools.parquet"),
        (["{tmp}/library", "{tmp}/nothing.jsonl"], "no such file"),
        (["{tmp}/library", "{tmp}/problems.jsonl", "--domain", "chemistry"], "math, tables"),
        (["{tmp}/library", "{tmp}/problems.jsonl", "--against", "{tmp}/nothing"], "solved.parquet"),
    ],
)
def test_what_cannot_be_solved_is_said_and_no_traceback(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    write_library(tmp_path / "library")
    write_problems(tmp_path / "problems.jsonl")
    seen = call("solve", *(one.format(tmp=tmp_path) for one in arguments), "--out", tmp_path / "out")
    assert seen.exit_code == 2
    assert said in seen.output and "Traceback" not in seen.output


def test_query_shows_votes_ranks_and_heads_and_makes_the_index(tmp_path: Path) -> None:
    library = write_library(tmp_path / "library")
    seen = call(
        "query",
        library,
        "What is the mean of the numbers?",
        "--name",
        "mean_of_numbers",
        "--docstring",
        "Takes the mean.",
    )
    assert seen.exit_code == 0, seen.output
    first = seen.output.splitlines()[2].split()
    assert first[:5] == ["3", "1.00", "1,", "1,", "1"] and first[5:] == ["mean:", "mean_of_numbers(numbers)"]
    assert (library / "index.npz").is_file()
    assert "def " not in seen.output


def test_query_by_a_problem_alone_finds_the_nearest_with_one_vote(tmp_path: Path) -> None:
    seen = call("query", write_library(tmp_path / "library"), "How many apples are left?", "--k", 1, "--code")
    assert seen.exit_code == 0, seen.output
    assert "1 of 3 tools, of 1 votes at least" in seen.output and "def count_apples" in seen.output
    seen = call("query", tmp_path / "library", "How many apples are left?", "--votes", 2)
    assert "0 of 3 tools, of 2 votes at least" in seen.output


def test_query_writes_nothing_that_moves_a_terminal(tmp_path: Path) -> None:
    hostile = 'def f(x="\x1b[2J"):\n    """Red \x1b[31m text."""'
    Toolset((Tool("bad\x1b[0m", "Which?", "1", code=hostile),)).save(tmp_path / "library")
    seen = call("query", tmp_path / "library", "Which?", "--code")
    assert seen.exit_code == 0, seen.output
    assert "\x1b" not in seen.output and "Red" in seen.output


def test_query_says_where_there_is_no_library(tmp_path: Path) -> None:
    seen = call("query", tmp_path, "Which?")
    assert seen.exit_code == 2 and "tools.parquet" in seen.output
