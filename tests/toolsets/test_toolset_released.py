"""The released files of CRAFT are read as they were written, and what is wrong with a file is said with its row."""

import json
import os
from pathlib import Path

import pytest

from windward.toolsets.released import (
    DOMAINS,
    ReleasedFileError,
    read_heads,
    read_released,
    read_tools,
)

HEADER = "question,answer,level,tool_id,code,api_call,tool,tool_call\n"


def _file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_a_csv_row_becomes_a_tool_with_its_other_columns_as_facts(tmp_path: Path) -> None:
    row = '"How many,\r\nin all?",5.0,Level 2,17,def a(): pass,print(a()),"def f(x):\n    return x","print(f(""5""))"\n'
    (tool,) = read_tools(_file(tmp_path, "4.csv", HEADER + row))
    assert (tool.id, tool.question, tool.answer) == ("17", "How many,\r\nin all?", "5.0")
    assert (tool.solution, tool.solution_call) == ("def a(): pass", "print(a())")
    assert (tool.code, tool.call) == ("def f(x):\n    return x", 'print(f("5"))')
    assert tool.facts == {"level": "Level 2"}


def test_a_line_separator_within_a_field_ends_no_row(tmp_path: Path) -> None:
    (tool,) = read_tools(
        _file(tmp_path, "2.csv", "question,answer,tool_id\nfirst\u2028second\x0cthird,1,2\n")
    )
    assert tool.question == "first\u2028second\x0cthird"


def test_numbers_in_json_lines_stay_as_they_are_written(tmp_path: Path) -> None:
    text = '{"question": "q", "answer": 5.0, "tool_id": 17, "level": 4}\n\n{"question": "q", "answer": 1e3, "tool_id": 18}\n'
    first, second = read_tools(_file(tmp_path, "1.json", text))
    assert (first.id, first.answer, first.facts) == ("17", "5.0", {"level": "4"})
    assert (second.id, second.answer, second.code) == ("18", "1e3", "")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("4.csv", "question,answer\nq,1\n", "row 1: no tool_id"),
        ("4.csv", "question,answer,tool_id\nq,1,\n", "row 1: no tool_id"),
        ("4.csv", "question,answer,tool_id\nq,1,2\nq,1\n", "row 2: not as many fields"),
        ("4.csv", "question,answer,tool_id\nq,1,2\nq,1,3,4\n", "row 2: not as many fields"),
        ("4.csv", 'question,answer,tool_id\n"q,1,2\n', "row 1: "),
        ("4.csv", "question,answer,tool_id\nq,1,2\nq,1,2\n", "row 2: tool_id 2 is that of row 1 too"),
        ("1.json", '{"question": "q", "answer": null, "tool_id": 1}', "row 1: answer is neither"),
        ("1.json", '{"question": "q", "answer": true, "tool_id": 1}', "row 1: answer is neither"),
        ("1.json", '{"question": "\\ud800", "answer": 1, "tool_id": 1}', "row 1: question holds half"),
        ("1.json", '{"question": "q", "answer": 1, "tool_id": 1}\n[]', "row 2: no JSON object"),
        ("1.json", "{", "row 1: "),
        ("1.json", "[" * 100_000, "row 1: "),
        ("tools.txt", "", "neither .csv nor .json"),
    ],
)
def test_a_malformed_file_is_refused_by_name_and_row(tmp_path: Path, name: str, text: str, says: str) -> None:
    path = _file(tmp_path, name, text)
    with pytest.raises(ReleasedFileError) as caught:
        read_tools(path)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)


def test_a_missing_file_and_one_in_another_encoding_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ReleasedFileError, match=r"4\.csv: No such file"):
        read_tools(tmp_path / "4.csv")
    (tmp_path / "4.csv").write_bytes(b"question\xff")
    with pytest.raises(ReleasedFileError, match=r"4\.csv: not UTF-8 at byte 8"):
        read_tools(tmp_path / "4.csv")
    with pytest.raises(ReleasedFileError, match="holds no folder epoch_0"):
        read_released(tmp_path)


@pytest.mark.parametrize("text", ["[]", '{"f": "f(x)"}', '{"f": [1]}', "{"])
def test_a_file_of_heads_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ReleasedFileError, match=r"heads\.json"):
        read_heads(_file(tmp_path, "heads.json", text))


def test_heads_are_read_by_name(tmp_path: Path) -> None:
    path = _file(tmp_path, "heads.json", json.dumps({"f": ["f(x)", "f(x, y)"]}))
    assert read_heads(path) == {"f": ("f(x)", "f(x, y)")}


@pytest.mark.skipif("WINDWARD_DATA" not in os.environ, reason="needs WINDWARD_DATA")
@pytest.mark.parametrize(
    ("domain", "counts", "library"),
    [
        ("math", [(200, 127, 127, 119, 107), (100, 78, 78, 71, 68), (100, 68, 68, 65, 60), (100, 67, 67, 58, 57)], 282),
        ("tables", [(200, 200, 150, 150, 82), (100, 100, 58, 58, 43), (100, 100, 66, 66, 48), (100, 100, 67, 67, 48)], 180),
    ],
)  # fmt: skip
def test_every_released_file_of_both_domains_is_read_whole(
    domain: str, counts: list[tuple[int, ...]], library: int
) -> None:
    released = read_released(Path(os.environ["WINDWARD_DATA"]) / "craft" / DOMAINS[domain])
    found = [
        tuple(len(stage) for stage in (epoch.raw, epoch.solved, epoch.general, epoch.valid, epoch.kept))
        for epoch in released.epochs
    ]
    assert found == counts
    assert len(released.library) == library
    assert all(tool.code and tool.call for tool in released.library)
    assert {key for tool in released.library for key in tool.facts} == (
        {"level"} if domain == "math" else {"level", "table"}
    )
