from __future__ import annotations

import json
from pathlib import Path

import pytest
from page_reading import PageReader
from synthetic_run import RATES, make_run, results

from windward.reports import ReportError, write_quickstart_report
from windward.rows import write_results


def text_of(folder: Path) -> str:
    return PageReader(write_quickstart_report(folder).read_text(encoding="utf-8")).text


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ("trees.jsonl", "No trees."),
        ("pairs.parquet", "pairs.parquet is not there."),
        ("sft.parquet", "sft.parquet is not there."),
        ("evaluations.jsonl", "No examples."),
        ("steps.json", "No steps."),
        ("run.json", "No record."),
        ("results.parquet", "Nothing measured."),
    ],
)
def test_a_run_without_one_file_still_gives_a_page_that_says_so(
    run_folder: Path, gone: str, told: str
) -> None:
    (run_folder / gone).unlink()
    assert told in text_of(run_folder)


def test_an_empty_folder_gives_a_page_that_says_what_is_missing(tmp_path: Path) -> None:
    text = text_of(tmp_path)
    assert "Nothing to compare yet" in text and "Nothing measured." in text


def test_a_run_measured_only_before_says_that_there_is_nothing_to_compare(tmp_path: Path) -> None:
    only = {key: value for key, value in RATES.items() if key[1] == "before"}
    text = text_of(make_run(tmp_path / "run", rates=only))
    assert "Nothing to compare yet" in text and "Measured at one stage only" in text and "45.3\u00a0%" in text


def test_a_run_that_stopped_after_sft_compares_with_that(tmp_path: Path) -> None:
    some = {key: value for key, value in RATES.items() if key[1] != "after"}
    assert "Training raised success on unseen problems from 45.3\u00a0% to 79.7\u00a0%" in text_of(
        make_run(tmp_path / "run", rates=some)
    )


def test_unknown_fields_stages_and_splits_are_shown_not_refused(tmp_path: Path) -> None:
    extra = {("own-split", stage): (0.4, 0.5, 0.6) for stage in ("before", "after", "third")}
    folder = make_run(tmp_path / "run", rates=extra)
    tree = json.loads((folder / "trees.jsonl").read_text().split("\n")[0])
    tree["nodes"][0]["tomorrow"] = {"a": [1]}
    (folder / "trees.jsonl").write_text(json.dumps(tree) + "\n\n")
    text = text_of(folder)
    assert "Own-split" in text and "third" in text


def test_records_that_disagree_with_the_result_table_are_named(run_folder: Path) -> None:
    write_results(run_folder / "results.parquet", results(64, RATES | {("test", "after"): (0.9, 0.95, 1.0)}))
    text = text_of(run_folder)
    assert "The records disagree with the result table." in text and "test, after, turn 3" in text


def test_records_that_agree_raise_no_alarm(run_folder: Path) -> None:
    assert "disagree" not in text_of(run_folder)


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        (
            "evaluations.jsonl",
            '{"stage": "before"}\n',
            r"evaluations\.jsonl, line 1: field 'turns' is missing",
        ),
        ("evaluations.jsonl", '\n{"a": \n', r"evaluations\.jsonl, line 2 is not JSON"),
        (
            "trees.jsonl",
            '{"id": "t", "problem": {"id": "p", "prompt": 3}, "nodes": []}',
            "field 'prompt' is int",
        ),
        ("trees.jsonl", '{"id": "t", "nodes": [{"action": "a"}]}', r"line 1, node 1: field 'id' is missing"),
        ("trees.jsonl", "[1]", r"trees\.jsonl, line 1: expected an object, found list"),
        ("steps.json", '[{"seconds": 1}]', r"steps\.json, step 1: field 'name' is missing"),
        ("steps.json", "{}", r"steps\.json: expected a list"),
        ("run.json", "", r"run\.json is not JSON"),
        ("results.parquet", "no parquet", r"results\.parquet cannot be read as a result table"),
        ("pairs.parquet", "no parquet", r"pairs\.parquet cannot be read"),
    ],
)
def test_a_malformed_file_is_named_with_its_line_and_field(
    run_folder: Path, file: str, content: str, told: str
) -> None:
    (run_folder / file).write_text(content)
    with pytest.raises(ReportError, match=told):
        write_quickstart_report(run_folder)
    assert not (run_folder / "report.html").exists()


def test_a_node_before_its_parent_is_refused(run_folder: Path) -> None:
    tree = json.loads((run_folder / "trees.jsonl").read_text().split("\n")[0])
    tree["nodes"].reverse()
    (run_folder / "trees.jsonl").write_text(json.dumps(tree))
    with pytest.raises(ReportError, match="comes before its parent"):
        write_quickstart_report(run_folder)


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="nowhere is not a folder"):
        write_quickstart_report(tmp_path / "nowhere")
