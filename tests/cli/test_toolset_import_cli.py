"""`windward toolset import`: a released library becomes a folder, and what cannot be read is said."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from windward.cli import app
from windward.toolsets.toolset import Toolset

HEADER = ("question", "answer", "table", "tool_id", "code", "api_call", "tool", "tool_call")
ROW = ("How many?", "3", "a | b", "17", "def f():\n    return 3", "print(f())", "def g(a):\n    return a", "print(g(3))")  # fmt: skip


def invoke(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["toolset", "import", *map(str, arguments)])
    assert "Traceback" not in done.output
    return done.exit_code, done.output


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A library of one tool."""
    path = tmp_path / "5_deduplicated_tools.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, ROW])
    return path


def test_a_library_is_imported_with_its_problems(tmp_path: Path, released: Path) -> None:
    problems = tmp_path / "problems.jsonl"
    problems.write_text(json.dumps({"question": "How many?", "table": "a | b", "answer": 4}))
    code, said = invoke(released, "--problems", problems, "--out", tmp_path / "library")
    assert code == 0, said
    (tool,) = Toolset.load(tmp_path / "library").tools
    assert (tool.id, tool.answer, tool.code) == ("17", "4", "def g(a):\n    return a")
    assert "1 answers differ by value" in said and "domain tables" in said
    told = json.loads((tmp_path / "library" / "import.json").read_text())
    assert told["problems"]["answers_that_differ"] == [{"tool": "17", "released": "3", "problems": "4"}]
    record = json.loads((tmp_path / "library" / "run.json").read_text())
    assert record["settings"]["domain"] == "tables"


def test_a_file_that_holds_none_of_the_problems_is_named_and_the_import_goes_on(
    tmp_path: Path, released: Path
) -> None:
    problems = tmp_path / "others.jsonl"
    problems.write_text(json.dumps({"question": "Another?", "answer": 4}))
    code, said = invoke(released, "--problems", problems, "--out", tmp_path / "library")
    assert code == 0 and "problems: 0 of 1 tools found" in said
    assert "warning: the problems of 1 tools are not in" in said and "others.jsonl" in said
    assert Toolset.load(tmp_path / "library").tools[0].answer == "3"


def test_without_problems_and_with_another_domain_tools_keep_what_their_rows_say(
    tmp_path: Path, released: Path
) -> None:
    code, said = invoke(released, "--domain", "math", "--out", tmp_path / "library")
    assert code == 0 and "no file was given" in said and "domain math" in said


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("missing.csv", None, "missing.csv: No such file"),
        ("tools.txt", "", "neither .csv nor .json"),
        ("other.csv", "a,b\n1,2\n", "row 1: no tool_id"),
        ("solutions.csv", "question,answer,tool_id,code\nq,1,2,x\n", "import a file of stage 3 or later"),
        ("empty.csv", "question,answer,tool_id,tool\n", "holds no tools"),
    ],
)
def test_a_file_that_is_no_released_library_is_refused(
    tmp_path: Path, name: str, text: str | None, says: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    code, said = invoke(tmp_path / name, "--out", tmp_path / "library")
    assert code == 2 and says in " ".join(said.split())
    assert not (tmp_path / "library").exists()


def test_problems_steps_and_folders_that_will_not_do_are_refused(tmp_path: Path, released: Path) -> None:
    out = ("--out", tmp_path / "library")
    code, said = invoke(released, "--problems", tmp_path / "none.jsonl", *out)
    assert code == 2 and "none.jsonl: there is no such file" in " ".join(said.split())
    code, said = invoke(released, "--steps", tmp_path, *out)
    assert code == 2 and "holds no folder epoch_0" in " ".join(said.split())
    code, said = invoke(released, "--out", tmp_path)
    assert code == 2 and "give --out a new folder" in " ".join(said.split())
