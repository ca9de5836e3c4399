"""The page of `windward eval reasoning`: both columns of maths, means named for what they are, published figures apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from page_reading import PageReader
from test_report_page import HOSTILE

from windward.reports import ReportError
from windward.reports.reasoning import write_reasoning_report
from windward.reports.reasoning_published import PUBLISHED, TESTS, average
from windward.rows import Result, write_results


def figure(
    test: str, mode: str, value: float, policy: str = "strict", split: str = "all", **changed: Any
) -> Result:
    condition = {
        "mode": mode, "policy": policy, "of": 1_000, "preset": "greedy", "temperature": 0.0, "top_p": 1.0,
        "max_tokens": 192, "seed": 7, "timeouts": 1, "errors": 0, "cut_off": 23, "cut_off_right": 2,
    }  # fmt: skip
    stderr = (value * (1 - value) / 40) ** 0.5
    return Result("reasoning", "m", test, split, "accuracy", value, 40, condition | changed, stderr, 5)


def mean(metric: str, maths: str, value: float, **changed: Any) -> Result:
    condition = {
        "policy": "strict",
        "maths": maths,
        "tests": ["svamp", "mbpp"],
        "missing": [],
        "samples": ["svamp"],
        "seed": 7,
    }
    return Result("reasoning", "m", "twelve", "all", metric, value, 2, condition | changed, 0.02)


def answer(
    item: str, text: str = "calm", strict: bool = True, released: bool | None = None, **changed: Any
) -> dict[str, Any]:
    verdicts = {"strict": {"correct": strict, "extracted": text, "rule": text, "status": "ok"}}
    if released is not None:
        verdicts["released"] = {"correct": released, "extracted": text, "rule": text, "status": "ok"}
    row = {
        "benchmark": "svamp", "mode": "cot", "item": item, "group": "", "prompt": text, "reference": text,
        "response": text, "finish": "stop", "tokens": 1, "verdicts": verdicts, "parts": {},
    }  # fmt: skip
    return row | changed


FIGURES = [
    figure("svamp", "cot", 0.025),
    figure("svamp", "pot", 0.1),
    figure("mbpp", "code", 0.0),
    figure("svamp", "cot", 0.05, split="addition"),
]


def folder_of(folder: Path, results: list[Result], answers: list[dict[str, Any]], word: str = "word") -> Path:
    folder.mkdir(parents=True)
    write_results(folder / "results.parquet", results)
    (folder / "answers.jsonl").write_text("".join(json.dumps(one) + "\n" for one in answers))
    record = {
        "seed": 7,
        "command": [word],
        "started": word,
        "settings": {"contaminated": [word], "model": word},
    }
    (folder / "run.json").write_text(json.dumps(record))
    return folder


def read_of(folder: Path) -> PageReader:
    return PageReader(write_reasoning_report(folder).read_text(encoding="utf-8"))


def rows_of(read: PageReader) -> list[list[str]]:
    return [line for table in read.tables for line in table]


def test_words_and_programs_stand_in_rows_of_their_own_with_interval_n_and_what_failed(
    tmp_path: Path,
) -> None:
    rows = rows_of(read_of(folder_of(tmp_path / "run", FIGURES, [answer("a")])))
    line = ["SVAMP", "in words", "2.5\u00a0%", "0.4–12.9\u00a0%", "40 of 1,000", "5", "1", "0", "23 (2)"]
    assert line in rows
    assert [row[2] for row in rows if row[:2] == ["SVAMP", "as a program"] and len(row) == 9] == [
        "10.0\u00a0%"
    ]
    assert ["SVAMP", "in words", "greedy", "greedy", "1.0", "192", "7"] in rows
    assert ["SVAMP", "in words", "addition", "5.0\u00a0%", "1.4–16.5\u00a0%", "40", "5"] in rows


def test_a_mean_of_some_is_never_called_the_average_of_the_twelve(tmp_path: Path) -> None:
    some = read_of(folder_of(tmp_path / "some", [*FIGURES, mean("mean_of_present", "better", 0.05)], []))
    assert "mean of 2 of 12" in some.text and "average of the twelve" not in some.text
    assert "SVAMP (sample), MBPP" in some.text and "chosen with the scores in sight" in some.text
    every = read_of(folder_of(tmp_path / "every", [*FIGURES, mean("average_of_twelve", "cot", 0.05)], []))
    assert "average of the twelve" in every.text and "mean of 2 of 12" not in every.text


def test_published_figures_stand_in_columns_that_say_so_and_average_as_the_paper_has_it(
    tmp_path: Path,
) -> None:
    rows = rows_of(read_of(folder_of(tmp_path / "run", FIGURES, [])))
    (head,) = [row for row in rows if "measured here" in row]
    assert head[2:] == [f"published: {model}" for model in PUBLISHED]
    (svamp,) = [row for row in rows if row[0] == "SVAMP" and len(row) == len(head) and "82.2" in row]
    assert svamp[1] == "2.5\u00a0% in words / 10.0\u00a0% as a program"
    assert ["BBH", "not run", "64.6", "67.6", "64.3"] in rows
    printed = {"Eurus-7B-SFT": 46.5, "Eurus-7B-KTO": 48.8, "Eurus-7B-NCA": 48.1}
    assert {model: round(average(model), 1) for model in PUBLISHED} == printed
    assert all(len(figures) == len(TESTS) == 12 for figures in PUBLISHED.values())


def test_what_two_sets_of_rules_judge_differently_is_counted_by_rule_and_shown(tmp_path: Path) -> None:
    figures = [*FIGURES, figure("svamp", "cot", 0.1, policy="released")]
    answers = [
        answer("same", released=True),
        answer("ours", released=False),
        answer("theirs", strict=False, released=True),
    ]
    read = read_of(folder_of(tmp_path / "run", figures, answers))
    assert "2\u00a0replies of 3 are judged differently" in read.text
    assert ["SVAMP", "in words", "our rules", "calm", "calm", "1"] in rows_of(read)
    assert ["SVAMP", "in words", "the release's rules", "calm", "calm", "1"] in rows_of(read)
    alike = read_of(folder_of(tmp_path / "alike", figures, answers[:1]))
    assert "No difference." in alike.text
    one = read_of(folder_of(tmp_path / "one", FIGURES, answers[:1]))
    assert "Two sets of rules" not in one.text


def test_replies_to_read_are_drawn_by_the_seed_some_of_each_outcome(tmp_path: Path) -> None:
    answers = [answer(f"i{number}", strict=number % 4 == 0) for number in range(40)]
    folder = folder_of(tmp_path / "run", FIGURES, answers)
    page = write_reasoning_report(folder).read_text()
    assert page == write_reasoning_report(folder).read_text()
    assert page.count('class="run"') == 4
    assert page.count('aria-label="correct"') == page.count('aria-label="incorrect"') == 2


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_model_or_a_data_set_wrote_adds_no_element_attribute_or_address(
    tmp_path: Path, name: str
) -> None:
    text = HOSTILE[name]
    figures = [*FIGURES, figure("svamp", "cot", 0.1, policy="released")]
    pages = []
    for place, word in enumerate(("calm", text)):
        answers = [answer(word, word, released=False), answer(f"{word}2", word, strict=False, released=False)]
        stored = "calm" if name == "surrogate" else word
        parts = [figure("svamp", "cot", 0.05, split=stored)]
        read = read_of(folder_of(tmp_path / str(place), [*figures, *parts], answers, word))
        pages.append(read)
    shapes = [[(tag, sorted(attributes)) for tag, attributes in read.elements] for read in pages]
    assert shapes[0] == shapes[1]
    assert pages[0].raw == pages[1].raw


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"benchmark": "svamp"}', "field 'mode' is missing"),
        (json.dumps(answer("a") | {"verdicts": {}}), "line 1: expected an answer with a verdict"),
        (json.dumps(answer("a") | {"mode": "aloud"}), "line 1: expected an answer with a verdict"),
        (json.dumps(answer("a") | {"verdicts": {"kind": {"correct": True}}}), "no policy 'kind'"),
        ("[1]", "expected an object"),
        ("{", "is not JSON"),
    ],
)
def test_a_malformed_answer_is_named_with_its_line(tmp_path: Path, line: str, says: str) -> None:
    folder = folder_of(tmp_path / "run", FIGURES, [])
    (folder / "answers.jsonl").write_text(line)
    with pytest.raises(ReportError, match=says):
        write_reasoning_report(folder)
    assert not (folder / "report.html").exists()


def test_a_folder_with_nothing_in_it_still_makes_a_page_and_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    read = read_of(tmp_path / "empty")
    assert "No figures." in read.text and "No replies to read." in read.text
    with pytest.raises(ReportError, match="is not a folder"):
        write_reasoning_report(tmp_path / "missing")


def test_replies_of_100_kb_leave_a_page_of_a_few_hundred(tmp_path: Path) -> None:
    answers = [answer(f"i{number}", "<" * 100_000, strict=number % 2 == 0) for number in range(20)]
    page = write_reasoning_report(folder_of(tmp_path / "run", FIGURES, answers)).read_text()
    assert "characters not shown" in page and len(page) < 500_000
