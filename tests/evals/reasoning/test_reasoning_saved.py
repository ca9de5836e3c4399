"""Saved replies are judged without a model, matched by id and by nothing else."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from reasoning_small import items_of, lines
from typer.testing import CliRunner

from windward.evals.data import DataError
from windward.evals.reasoning.answers import ANSWERS, read_answers
from windward.evals.reasoning.golds import gold
from windward.evals.reasoning.items import BENCHMARKS, Mode
from windward.evals.reasoning.live import RESULTS
from windward.evals.reasoning.saved import grade_saved, read_saved
from windward.rows import read_results, select


def saved(path: Path, data: Path, name: str, mode: Mode) -> Path:
    rows = [{"id": item.id, "response": gold(item, mode)} for item in items_of(data, name)]
    random.Random(4).shuffle(rows)
    path.write_text(lines(rows))
    return path


@pytest.mark.parametrize("name", list(BENCHMARKS)[:-1])
def test_right_replies_in_any_order_are_all_right(name, data, tmp_path):
    for mode in BENCHMARKS[name].modes:
        file = saved(tmp_path / f"{mode}.jsonl", data, name, mode)
        out = grade_saved(file, name, tmp_path / mode, mode=mode, data=data, tell=lambda line: None)
        (row,) = select(read_results(out), metric="accuracy", split="all")
        assert (row.value, row.n, row.unparsed) == (1.0, len(items_of(data, name)), 0)
        assert (tmp_path / mode / "report.html").stat().st_size > 1_000


def test_sixty_programs_that_end_in_any_order_keep_their_answers(tmp_path):
    """A release of this suite zipped results in order of completion with the references, and so permuted them."""
    rows = [
        {"ID": f"chal-{n}", "Body": f"Item {n}.", "Question": "?", "Equation": f"{n}", "Answer": float(n), "Type": "t"}
        for n in range(60)
    ]  # fmt: skip
    (tmp_path / "svamp.json").write_text(json.dumps(rows))
    waits = random.Random(1)
    programs = [
        {
            "id": f"chal-{n}",
            "response": f"```python\nimport time\ntime.sleep({waits.random() / 5})\nprint({n})\n```",
        }
        for n in range(60)
    ]
    waits.shuffle(programs)
    (tmp_path / "saved.jsonl").write_text(lines(programs))
    grade_saved(
        tmp_path / "saved.jsonl", "svamp", tmp_path / "out", mode="pot", data=tmp_path, tell=lambda line: None
    )
    answers = read_answers(tmp_path / "out" / ANSWERS)
    assert sum(answer.correct("strict") for answer in answers) == 60
    assert all(answer.verdicts["strict"]["extracted"] == answer.item.split("-")[1] for answer in answers)


def test_items_without_a_reply_are_counted_and_left_out(data, tmp_path):
    file, told = tmp_path / "one.jsonl", []
    file.write_text(lines([{"id": "chal-3", "response": r"\boxed{6}"}]))
    out = grade_saved(file, "svamp", tmp_path / "out", data=data, tell=told.append)
    (row,) = select(read_results(out), metric="accuracy", split="all")
    assert (row.n, row.condition["of"], row.value) == (1, 3, 1.0)
    assert any("2 of 3 items have no reply" in line for line in told)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"id": "chal-1"}', "line 1: expected"),
        ('{"id": "chal-1", "response": 3}', "line 1: the response is int"),
        ('{"id": "chal-1", "response": "a"}\n\n{"id": "chal-1", "response": "b"}', "line 3: a second reply"),
        ("", "no replies"),
        ("not json", "line 1"),
        ('{"id": "chal-99", "response": "a"}', "1 ids are none of SVAMP.*'chal-99'.*look like 'chal-1'"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_line(content, says, data, tmp_path):
    (tmp_path / "saved.jsonl").write_text(content)
    with pytest.raises(DataError, match=says):
        grade_saved(tmp_path / "saved.jsonl", "svamp", tmp_path / "out", data=data, tell=lambda line: None)
    assert not (tmp_path / "out").exists()


def test_unicode_line_separators_in_a_reply_end_no_line(tmp_path):
    (tmp_path / "saved.jsonl").write_text('{"id": 1, "response": "a\u2028b"}\n', encoding="utf-8")
    assert read_saved(tmp_path / "saved.jsonl") == {"1": "a\u2028b"}


@pytest.mark.parametrize("mode", ["cot", "pot"])
def test_halves_of_characters_and_zeros_in_a_reply_stop_nothing(mode, data, tmp_path):
    file = tmp_path / "saved.jsonl"
    file.write_text(
        lines([{"id": "chal-1", "response": "half \ud83d \x00 of it"}, {"id": "chal-3", "response": "6"}])
    )
    out = grade_saved(file, "svamp", tmp_path / "out", mode=mode, data=data, tell=lambda line: None)
    (row,) = select(read_results(out), metric="accuracy", split="all")
    assert (row.n, row.value) == (2, 0.5)
    assert read_answers(tmp_path / "out" / ANSWERS)[0].response == "half \ud83d \x00 of it"


def test_the_command_grades_by_both_policies_and_shows_where_they_differ(data, tmp_path):
    from windward.cli import app

    file = tmp_path / "theorems.jsonl"
    replies = [{"id": item.id, "response": "The answer is 12.4."} for item in items_of(data, "theoremqa")]
    file.write_text(lines(replies))
    call = ["eval", "grade", str(file), "--benchmark", "theoremqa", "--data", str(data)]
    done = CliRunner().invoke(app, [*call, "--policy", "both"])
    assert done.exit_code == 0, done.output
    assert "TheoremQA, cot, strict: 0 of 6 right" in done.output
    assert "TheoremQA, cot, released: 1 of 6 right" in done.output, (
        "the release rounds 12.4 to the integer 12"
    )
    assert f"results: {tmp_path / 'theorems-graded' / RESULTS}" in done.output
    page = (tmp_path / "theorems-graded" / "report.html").read_text()
    assert "Two sets of rules" in page and "judged differently" in page
    refused = CliRunner().invoke(app, [*call, "--mode", "both"])
    assert refused.exit_code == 2 and "--mode cot or --mode pot" in refused.output
