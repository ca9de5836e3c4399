import json

import pytest

from windward.rows import Problem, ProblemError, read_problems, write_problems

GOOD = {"prompt": "What is 2 + 2?", "reference": "4", "kind": "math"}


def write(path, *lines):
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


def test_problems_go_to_disk_and_back(tmp_path):
    problems = [
        Problem("a", "Why\u2028not?", "<script>", "math"),
        Problem("b", "x", "assert f() == 1", "code", "f", "test"),
    ]
    write_problems(tmp_path / "p.jsonl", problems)
    assert read_problems(tmp_path / "p.jsonl") == problems


def test_three_fields_are_enough_and_a_number_is_a_reference_too(tmp_path):
    read = read_problems(write(tmp_path / "p.jsonl", GOOD, "", GOOD | {"reference": 4.5}))
    assert [problem.id for problem in read] == ["line-1", "line-3"]
    assert [problem.reference for problem in read] == ["4", "4.5"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{not json", "not JSON"),
        ("[1]", "a list, not an object"),
        ({"reference": "4", "kind": "math"}, "'prompt' is None"),
        (GOOD | {"prompt": "  "}, "'prompt' is '  '"),
        (GOOD | {"reference": None}, "'reference' is None"),
        (GOOD | {"reference": True}, "'reference' is True"),
        (GOOD | {"kind": "maths"}, "one of math, table, code"),
        (GOOD | {"split": 3}, "'split' is 3"),
    ],
)
def test_a_malformed_row_names_its_line(tmp_path, line, told):
    path = write(tmp_path / "p.jsonl", GOOD, line)
    with pytest.raises(ProblemError, match="line 2") as caught:
        read_problems(path)
    assert told in str(caught.value)


def test_an_id_used_twice_names_both_lines(tmp_path):
    path = write(tmp_path / "p.jsonl", GOOD | {"id": "a"}, GOOD | {"id": "a"})
    with pytest.raises(ProblemError, match=r"line 2.*line 1"):
        read_problems(path)


def test_an_empty_file_is_said(tmp_path):
    with pytest.raises(ProblemError, match="no problems"):
        read_problems(write(tmp_path / "p.jsonl"))


def test_bytes_that_are_no_text_are_said(tmp_path):
    (tmp_path / "p.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProblemError, match="UTF-8"):
        read_problems(tmp_path / "p.jsonl")
