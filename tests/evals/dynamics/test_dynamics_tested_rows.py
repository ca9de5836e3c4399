"""Tested rows out of files: what is the prompt, what the answer, which task; and what is wrong, where."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from windward.evals.dynamics import DynamicsError, TestRow, read_tests

ASKED, ANSWERED = {"role": "user", "content": "3 + 4?"}, {"role": "assistant", "content": "7"}


def written(path: Path, rows: list[Any]) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        path.write_text("".join(json.dumps(row) + "\n\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["tests.parquet", "tests.jsonl"])
def test_the_last_message_is_the_answer_and_the_others_the_prompt(tmp_path: Path, name: str) -> None:
    first = {
        "messages": [
            ASKED,
            ANSWERED,
            {"role": "user", "content": "And 1?"},
            {"role": "assistant", "content": "8"},
        ]
    }
    rows = read_tests(
        written(tmp_path / name, [first | {"task": "sums"}, {"messages": [ASKED, ANSWERED], "task": "one"}])
    )
    assert [(len(row.prompt), row.answer, row.task) for row in rows] == [(3, "8", "sums"), (1, "7", "one")]
    assert rows[1] == TestRow(({"role": "user", "content": "3 + 4?"},), "7", "one")


@pytest.mark.parametrize(
    "row",
    [
        {"question": "3 + 4?", "solution": "7"},
        {"prompt": "", "problem": "3 + 4?", "answer": "7"},
        {"inputs": "3 + 4?", "targets": "7"},
    ],
)
def test_a_prompt_and_an_answer_are_a_row_too(tmp_path: Path, row: dict[str, Any]) -> None:
    assert read_tests(written(tmp_path / "tests.jsonl", [row])) == (
        TestRow(({"role": "user", "content": "3 + 4?"},), "7", "all"),
    )


def test_the_column_of_tasks_may_have_another_name(tmp_path: Path) -> None:
    path = written(
        tmp_path / "tests.parquet", [{"question": "3 + 4?", "answer": "7", "level": 5, "task": "sums"}]
    )
    assert read_tests(path, "level")[0].task == "5" and read_tests(path)[0].task == "sums"


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([{"messages": [ASKED]}], r"row 1, field messages: the last message must be the assistant's"),
        ([{"messages": [ANSWERED]}], r"row 1, field messages: the last message must be"),
        ([{"messages": [ASKED, ANSWERED]}, {"messages": [{"role": "you", "content": "?"}]}], r"row 2, field messages, message 0: role"),
        ([{"question": "3 + 4?"}], r"row 1, field messages is missing, and so is an answer \(one of answer"),
        ([{"answer": "7"}], r"and so is a prompt \(one of prompt, problem"),
        ([{"question": "3 + 4?", "answer": ["7"]}], r"row 1, field answer: expected a text"),
        ([{"prompt": [ASKED], "answer": "7"}], r"row 1, field prompt: expected a text"),
        ([{"question": " ", "answer": "7"}], r"row 1, field question: expected a text"),
        ([{"question": "?", "answer": "7", "task": "a"}, {"question": "?", "answer": "7"}], r"row 2, field task: expected the name"),
        ([{"question": "?", "answer": "7", "task": "a"}, {"question": "?", "answer": "7", "task": "all"}], r"a task is called 'all'"),
        ([], r"holds no rows"),
        ([[1]], r"line 1 is a list"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_tested_is_named(tmp_path: Path, rows: list[Any], why: str) -> None:
    path = written(tmp_path / "tests.jsonl", rows)
    with pytest.raises(DynamicsError, match=why) as found:
        read_tests(path)
    assert str(path) in str(found.value)


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [{"role": "system", "content": "Add."}, ASKED, ANSWERED]},
        {"messages": [ASKED, ANSWERED, {"role": "user", "content": "And 1?"}, ANSWERED]},
        {"question": " 3 +  4?", "answer": "7"},
    ],
)
def test_a_prompt_is_the_same_text_to_those_who_test_and_to_those_who_arrange(
    tmp_path: Path, row: dict[str, Any]
) -> None:
    """Else a row that training rows were arranged for would be tested as an unseen one."""
    from windward.recipes.arrangement import arrange_file
    from windward.rows.arranged import among_targets, note_of

    path = written(tmp_path / "tests.parquet", [row])
    arranged = tmp_path / "arranged.parquet"
    arrange_file(path, path, arranged, method="random", tell=lambda line: None)
    note = note_of(arranged)
    assert note is not None and among_targets(note, [one.text for one in read_tests(path)]) == [0]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DynamicsError, match="no such file"):
        read_tests(tmp_path / "tests.parquet")
    (tmp_path / "tests.parquet").write_text("no Parquet")
    with pytest.raises(DynamicsError, match="cannot be read as Parquet"):
        read_tests(tmp_path / "tests.parquet")
    (tmp_path / "tests.jsonl").write_text('{"question": 1\n')
    with pytest.raises(DynamicsError, match="line 1 is not JSON"):
        read_tests(tmp_path / "tests.jsonl")
    (tmp_path / "tests.csv").write_text("question,answer\n")
    with pytest.raises(DynamicsError, match=r"give a \.parquet or \.jsonl"):
        read_tests(tmp_path / "tests.csv")
