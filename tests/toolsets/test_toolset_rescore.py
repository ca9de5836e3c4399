"""Recorded outputs are run and graded again: every row is of one of four kinds, and all are in the denominator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from windward.cli import app
from windward.interpreter import Limits
from windward.recipes.errors import RecipeError
from windward.recipes.toolsets.rescoring import rescore_file
from windward.toolsets.domains import TABLES
from windward.toolsets.problems import ToolProblem
from windward.toolsets.rescore import (
    Recorded,
    RecordedFileError,
    Rescored,
    changed,
    read_recorded,
    recorded_program,
    rescore,
    summary,
)
from windward.toolsets.validate import Validator

SMALL = Limits(seconds=1, wall_seconds=20, memory_mb=256, disk_mb=16, file_mb=4, processes=8)
ADD = "def add(a, b):\n    return a + b"
ROWS: dict[str, tuple[str, str, Any, str, bool, bool]] = {
    # code, call, answer, letter, equal, strict
    "right": (ADD, "print(add(3, 4))", 7.0, "C", True, True),
    "right, and a call that prints nothing": (ADD, "total = add(3, 4)\ntotal", 7, "C", True, True),
    "a third, rounded": ("def f():\n    return round(1 / 3, 2)", "print(f())", "1/3", "C", False, False),
    "half a percent off": ("def f():\n    return 100.5", "print(f())", 100.0, "C", False, False),
    "two decimals": ("def f():\n    return 0.014", "print(f())", 0.01, "C", False, False),
    "one percent off": ("def f():\n    return 101", "print(f())", 100.0, "W", False, False),
    "another number": (ADD, "print(add(3, 5))", 7.0, "W", False, False),
    "raises": (ADD, "print(add(3))", 7.0, "E", False, False),
    "no Python": (ADD, "print(add(3, 4)", 7.0, "E", False, False),
    "endless": ("def f():\n    while True: pass", "print(f())", 7.0, "E", False, False),
    "a list": (ADD, "print([add(3, 4), 1])", 7.0, "G", False, False),
    "nothing": ("def f():\n    pass", "x = f()", 7.0, "G", False, False),
    "words": ("def f():\n    return 'seven'", "print(f())", 7.0, "G", False, False),
    "near zero": ("def f():\n    return 0.001", "print(f())", 0.0, "G", False, False),
    "zero": ("def f():\n    return 0", "print(f())", 0.0, "C", True, True),
    "prose for code": ("I would add them.", "print(3 + 4)", 7.0, "C", True, True),
    "blocks": ("```python\n" + ADD + "\n```", "Call it:\n```python\nadd(3, 4)\n```", 7.0, "C", True, True),
}


@pytest.fixture(scope="module")
def validator() -> Iterator[Validator]:
    with Validator(SMALL, domain=TABLES, jobs=2) as made:
        yield made


def written(path: Path, names: list[str] | None = None) -> Path:
    rows = [
        {"question": name, "answer": ROWS[name][2], "level": 3, "table": "a | b", "prediction_code": ROWS[name][0],
         "prediction_call": ROWS[name][1], "prediction": "both"}
        for name in names or ROWS
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_every_kind_of_row_is_found_and_stays_in_the_denominator(
    validator: Validator, tmp_path: Path
) -> None:
    rows = rescore(read_recorded(written(tmp_path / "rows.jsonl")), validator)
    letters = dict(zip(ROWS, summary(rows)["flags"], strict=True))
    assert letters == {name: row[3] for name, row in ROWS.items()}
    assert {name: (row.equal, row.strict) for name, row in zip(ROWS, rows, strict=True)} == {
        name: wanted[4:] for name, wanted in ROWS.items()
    }
    counted = summary(rows)
    assert counted["n"] == len(ROWS) == sum(counted["counts"].values())
    assert (counted["lenient"], counted["strict"]) == (8, 5)
    assert rows[7].error.startswith("TypeError") and rows[6].printed == "8"


def test_rows_are_read_with_what_else_is_known_and_numbers_as_written(tmp_path: Path) -> None:
    row = read_recorded(written(tmp_path / "rows.jsonl", ["right"]))[0]
    assert row == Recorded(
        ToolProblem("1", "right", "7.0", {"level": "3", "table": "a | b"}), ADD, "print(add(3, 4))"
    )


def test_results_with_a_library_are_read_by_their_own_names(validator: Validator, tmp_path: Path) -> None:
    row = {
        "question": "?",
        "answer": 7,
        "tool": ADD,
        "tool_call": "print(add(3, 4))",
        "code": "both",
        "retrieved_tools": [1],
    }
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row))
    assert rescore(read_recorded(path), validator)[0].kind == "correct"


def test_half_a_character_in_a_row_is_run_and_written(validator: Validator, tmp_path: Path) -> None:
    row = {"question": "?", "answer": "\ud800", "tool": ADD, "tool_call": "print(add('\ud800', ''))"}
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row))
    made = rescore_file(path, tmp_path / "out.json", validator=validator, tell=lambda line: None)
    assert json.loads(made.read_text())["n"] == 1


MALFORMED = {
    "no JSON": ("{", "row 1: no JSON"),
    "no object": ("[1]", "row 1: no object"),
    "no call": ('{"question": "?", "answer": 1, "prediction_code": ""}', "prediction_call or tool_call"),
    "no answer": ('{"question": "?", "answer": null, "tool": "", "tool_call": ""}', "no text answer"),
    "nothing": ("\n", "holds no rows"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_file_is_refused_with_its_row(tmp_path: Path, name: str) -> None:
    text, said = MALFORMED[name]
    path = tmp_path / "rows.jsonl"
    path.write_text(text)
    with pytest.raises(RecordedFileError, match=said):
        read_recorded(path)
    with pytest.raises(RecordedFileError, match="No such file"):
        read_recorded(tmp_path / "none.jsonl")


CALLS = {
    "print(f())": "print(f())",
    "x = 1\nf(\n  x,\n)": "x = 1\nprint(f(x))",
    "x = f()": "x = f()",
    "ä = 1; f('ä')": "ä = 1; print(f('ä'))",
    "f(": "f(",
    "": "",
}


@pytest.mark.parametrize("call", CALLS)
def test_the_last_expression_of_a_call_is_printed(call: str) -> None:
    assert recorded_program(Recorded(ToolProblem("1", "?", "1"), "", call)).strip() == CALLS[call]


def test_rows_that_are_of_another_kind_than_before_are_named_and_other_outputs_refused() -> None:
    rows = [
        Rescored(1, "correct", True, True, "1", "1", ""),
        Rescored(2, "failed", False, False, "", "1", "X"),
    ]
    assert changed(rows, "CE") == []
    assert [(row["row"], row["was"], row["kind"]) for row in changed(rows, "CG")] == [
        (2, "ungraded", "failed")
    ]
    with pytest.raises(ValueError, match="2 rows"):
        changed(rows, "C")


def test_a_file_is_compared_with_an_earlier_one_and_says_where_it_was_found(
    validator: Validator, tmp_path: Path
) -> None:
    file, lines = written(tmp_path / "rows.jsonl", ["right", "raises"]), list[str]()
    earlier = tmp_path / "earlier.json"
    earlier.write_text(
        json.dumps({"results/rows.jsonl": {"flags": "CW"}, "results/other.jsonl": {"flags": "C"}})
    )
    made = rescore_file(file, tmp_path / "out.json", against=earlier, validator=validator, tell=lines.append)
    stored = json.loads(made.read_text())
    assert (stored["flags"], stored["lenient"], stored["strict"], stored["domain"]) == ("CE", 1, 1, "tables")
    assert [row["row"] for row in stored["changed"]] == [2] and stored["environment"]["numpy"]
    assert "1 rows are of another kind" in lines[-2] and "was wrong, is failed" in lines[-1]
    again = rescore_file(file, tmp_path / "again.json", against=made, validator=validator, tell=lines.append)
    assert json.loads(again.read_text())["changed"] == []
    for text, said in (("{", "as JSON"), ("{}", "no text `flags`"), ('{"flags": "CCC"}', "other outputs")):
        earlier.write_text(text)
        with pytest.raises(RecipeError, match=said):
            rescore_file(file, made, against=earlier, validator=validator, tell=lines.append)


def test_the_command_refuses_what_it_cannot_read_and_says_why(tmp_path: Path) -> None:
    for arguments, said in (
        ([str(tmp_path / "none.jsonl")], "No such file"),
        ([str(tmp_path / "none.jsonl"), "--domain", "chemistry"], "math, tables"),
    ):
        seen = CliRunner().invoke(
            app, ["toolset", "rescore", *arguments, "--json", str(tmp_path / "out.json")]
        )
        assert seen.exit_code == 2 and said in seen.output
