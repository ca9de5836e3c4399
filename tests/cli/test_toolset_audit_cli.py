"""`windward toolset audit` and `windward toolset replay`: a finding is a result, unless it is asked to fail."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from windward.cli import app
from windward.recipes.toolsets import rerun
from windward.toolsets.domains import MATH
from windward.toolsets.validate import Validator

HEADER = ("question", "answer", "tool_id", "code", "api_call", "tool", "tool_call")
SOLUTION = ("def f():\n    return 3", "print(f())")
ROWS = [
    ("How many?", "3", "1", *SOLUTION, "def g(a):\n    return a", "print(g(3))"),
    ("How many more?", "3", "2", *SOLUTION, "def h(a):\n    return a + 1", "print('\\x1b[2J', h(3))"),
]


def invoke(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["toolset", *map(str, arguments)])
    assert "Traceback" not in done.output
    return done.exit_code, done.output


@pytest.fixture(scope="module")
def validator() -> Iterator[Validator]:
    with Validator(jobs=1, domain=MATH) as made:
        yield made


@pytest.fixture
def library(tmp_path: Path, validator: Validator, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of a tool that is right and one that is not; commands run it in one warm validator."""

    class Kept:
        """The validator that is there, instead of one that is started for each command."""

        def __init__(self, **_: object) -> None: ...

        def __enter__(self) -> Validator:
            return validator

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(rerun, "Validator", Kept)
    folder = tmp_path / "release" / "epoch_0"
    folder.mkdir(parents=True)
    released = folder.parent / "5_deduplicated_tools.csv"
    for path in (released, folder / "4_valid_tools.csv", folder / released.name):
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADER, *ROWS])
    code, said = invoke("import", released, "--out", tmp_path / "library")
    assert code == 0, said
    return tmp_path / "library"


def test_an_audit_shows_what_is_not_ok_and_exits_with_0(tmp_path: Path, library: Path) -> None:
    out = tmp_path / "new" / "audit.json"
    code, said = invoke("audit", library, "--json", out, "--jobs", 1)
    assert code == 0, said
    assert "2 tools: 1 ok, 1 wrong" in said and f"results: {out}" in " ".join(said.split())
    assert "␛[2J 4; the answer is 3" in said and "\x1b[2J" not in said
    told = json.loads(out.read_text(encoding="utf-8"))
    assert {id: tool["verdict"] for id, tool in told["tools"].items()} == {"1": "ok", "2": "wrong"}
    assert (library / "verdicts.parquet").is_file()


def test_it_exits_with_1_where_that_is_asked_and_a_tool_is_not_ok(tmp_path: Path, library: Path) -> None:
    usual = ("audit", library, "--json", tmp_path / "audit.json")
    assert invoke(*usual, "--fail")[0] == invoke(*usual, "--strict-exit")[0] == 1


def test_a_replay_names_what_is_not_as_recorded(tmp_path: Path, library: Path) -> None:
    code, said = invoke("replay", library)
    assert code == 0, said
    assert "abstraction verdict of 2 (epoch 0): was ok, is wrong" in said
    assert "abstraction verdicts: 1 of 2 as recorded" in said
    told = json.loads((library / "replay.json").read_text(encoding="utf-8"))
    assert [one["tool"] for one in told["differences"]] == ["2"]
    assert invoke("replay", library, "--json", tmp_path / "replay.json", "--fail")[0] == 1


@pytest.mark.parametrize("command", ["audit", "replay"])
def test_a_folder_that_is_no_library_and_a_report_that_cannot_be_written_are_refused(
    tmp_path: Path, library: Path, command: str
) -> None:
    code, said = invoke(command, tmp_path, "--json", tmp_path / "out.json")
    assert code == 2 and "make one with windward toolset import" in " ".join(said.split())
    code, said = invoke(command, library, "--json", tmp_path)
    assert code == 2 and "name a file to write the report to" in " ".join(said.split())
    code, said = invoke(command, library, "--json", library / "run.json" / "out.json")
    assert code == 2 and "cannot be written" in said


@pytest.mark.parametrize("command", ["audit", "replay", "import"])
def test_help_shows_how_it_is_called(command: str) -> None:
    code, said = invoke(command, "--help")
    assert code == 0 and f"windward toolset {command} " in " ".join(said.split())
