"""Problems come from the published formats, and what is wrong with a file is said by name."""

from __future__ import annotations

import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from reasoning_small import ALL, BBH, GSMPLUS, MATH, lines

from windward.evals.data import DataError
from windward.evals.reasoning.files import data_folder, hub_rows, read_rows
from windward.evals.reasoning.items import BENCHMARKS, TWELVE, benchmark_of
from windward.evals.reasoning.load import load_items
from windward.evals.reasoning.signatures import signature

real = pytest.mark.skipif("WINDWARD_DATA" not in os.environ, reason="needs WINDWARD_DATA")


def test_the_twelve_are_twelve_and_every_benchmark_but_mints_is_loaded_here():
    assert len(TWELVE) == len(set(TWELVE)) == 12
    assert {name for name in TWELVE if not name.startswith("mint")} == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_every_benchmark_is_read_from_its_published_format(name, data):
    items = load_items(name, data)
    assert items and len({item.id for item in items}) == len(items)
    assert all(item.benchmark == name and item.kind == BENCHMARKS[name].kind for item in items)
    assert all(item.prompt.strip() for item in items)


@real
@pytest.mark.parametrize("name", ["humaneval", "mbpp", "leetcode", "theoremqa", "svamp", "asdiv", "ifeval", "math-numeric"])  # fmt: skip
def test_the_whole_benchmark_has_the_size_that_the_paper_gives(name):
    assert len(load_items(name, data_folder())) == BENCHMARKS[name].size


@real
def test_the_questions_of_theoremqa_that_need_a_picture_are_a_part_of_their_own():
    parts = [item.group for item in load_items("theoremqa", data_folder())]
    assert sum(part.endswith("needs a picture") for part in parts) == 53


def test_asdiv_is_its_test_split_only(data):
    assert [item.reference for item in load_items("asdiv", data)] == ["2:1", "4.5"]


def test_the_answer_of_math_is_read_from_the_solution_or_taken_where_it_stands_alone(data):
    assert [item.reference for item in load_items("math", data)] == [r"\frac{1}{2}", "2"]
    alone = data / "math500.jsonl"
    rows = [{"problem": "1+1?", "solution": "no box", "answer": "2", "subject": "Algebra", "level": 1, "unique_id": "test/1"}]  # fmt: skip
    alone.write_text(lines(rows))
    (item,) = load_items("math", data, str(alone))
    assert (item.id, item.reference, item.group) == ("test/1", "2", "algebra")


def test_bbh_takes_its_task_from_the_file_or_the_row_and_its_examples_from_beside(data):
    by_task = {item.group: item for item in load_items("bbh", data)}
    assert set(by_task) == set(BBH)
    shots = by_task["boolean_expressions"].meta["shots"]
    assert [asked for asked, _ in shots] == ["True or False is", "not False is"]
    assert shots[0][1].endswith("So the answer is True.")
    assert by_task["word_sorting"].meta["shots"] == []
    one = data / "all.jsonl"
    one.write_text(lines([{"task": "navigate", "input": "Back?", "target": "Yes"}]))
    (item,) = load_items("bbh", data, str(one))
    assert (item.id, item.group) == ("navigate-0", "navigate")


def test_parquet_json_lines_and_lists_hold_the_same_rows(tmp_path):
    pq.write_table(pa.Table.from_pylist(GSMPLUS), tmp_path / "a.parquet")
    (tmp_path / "b.jsonl").write_text(lines(GSMPLUS))
    (tmp_path / "c.json").write_text(json.dumps(GSMPLUS))
    assert (
        read_rows(tmp_path / "a.parquet") == read_rows(tmp_path / "b.jsonl") == read_rows(tmp_path / "c.json")
    )


def test_a_hub_data_set_is_read_configuration_by_configuration(tmp_path):
    pytest.importorskip("datasets")
    home = tmp_path / "owner" / "set"
    home.mkdir(parents=True)
    (home / "test.jsonl").write_text(lines(MATH))
    rows = hub_rows(str(home))
    assert [row["problem"] for row in rows] == [row["problem"] for row in MATH]


def test_a_benchmark_that_is_not_there_says_where_to_put_it_and_where_it_lies_on_the_hub(tmp_path):
    with pytest.raises(DataError, match=r"gsmplus\.jsonl.*--source gsmplus=FILE.*qintongli/GSM-Plus"):
        load_items("gsmplus", tmp_path)


def test_mint_is_sent_to_its_own_command():
    with pytest.raises(DataError, match="windward eval mint --task humaneval --task mbpp"):
        benchmark_of("mint-code")
    with pytest.raises(DataError, match="no benchmark 'gsm8k'; there are humaneval"):
        benchmark_of("gsm8k")


@pytest.mark.parametrize(
    ("content", "says"),
    [("[1, 2]", "holds no rows"), ("{broken", "cannot be read"), ('[{"ID": "x"}]', "not as published"), ("", "no rows")],
)  # fmt: skip
def test_a_malformed_file_is_named(content, says, tmp_path):
    (tmp_path / "svamp.json").write_text(content)
    with pytest.raises(DataError, match=says):
        load_items("svamp", tmp_path)


def test_two_items_of_one_id_are_refused(data):
    rows = json.loads((data / "svamp.json").read_text())
    (data / "svamp.json").write_text(json.dumps([*rows, rows[0]]))
    with pytest.raises(DataError, match="two items 'chal-1'"):
        load_items("svamp", data)


def test_a_signature_is_that_of_the_function_under_test():
    code = "def helper(x):\n    return x\n\ndef wanted(a, b=1, *rest):\n    return helper(a)"
    assert signature(code, "assert set(wanted(1)) == {1}") == "def wanted(a, b=1, *rest):"
    assert signature("def broken(:", "assert broken()") == ""
    assert signature(code, "assert other(1)") == ""
