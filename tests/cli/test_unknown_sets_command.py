"""`windward unknown build`: what it writes and says, and what it says when it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from windward.cli import app
from windward.evals.unknown.generators.own import SOURCES, own_set
from windward.evals.unknown.generators.sets import read_set, read_set_rows


def call(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["unknown", "build", *map(str, arguments)])


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    for name in ("foods", "sports"):
        (tmp_path / "lists" / name).mkdir(parents=True)
        for file in ("existing.txt", "templates.txt"):
            text = (SOURCES / "concepts" / name / file).read_text("utf-8")
            (tmp_path / "lists" / name / file).write_text(text, encoding="utf-8")
    return tmp_path / "lists"


def test_invented_concepts_are_written_and_their_counts_said(lists: Path, tmp_path: Path) -> None:
    seen = call(
        "invented", "--lists", lists, "--n", 4, "--seed", 7, "--out", tmp_path / "new" / "set.parquet"
    )
    assert seen.exit_code == 0, seen.output
    assert "foods: 4 pairs; looks tell the halves apart at AUROC 0.5" in seen.output
    assert "words drawn and rejected: " in seen.output
    rows = read_set_rows(tmp_path / "new" / "set.parquet")
    assert len(rows) == 16 and {row.seed for row in rows} == {7}
    assert {row.question.dataset for row in rows} == {"invented-concepts"}


def test_words_said_to_exist_are_not_in_the_set(lists: Path, tmp_path: Path) -> None:
    def made() -> set[str]:
        return {one.text for one in read_set(tmp_path / "set.jsonl") if one.split == "unanswerable"}

    arguments = ("invented", "--lists", lists, "--n", 3, "--out", tmp_path / "set.jsonl")
    assert call(*arguments).exit_code == 0
    before = made()
    (tmp_path / "words.txt").write_text(
        "\n".join(word.strip("?") for text in before for word in text.split())
    )
    assert call(*arguments, "--exists", tmp_path / "words.txt").exit_code == 0
    assert not before & made()


def test_replaced_words_are_written_and_questions_left_out_are_counted(tmp_path: Path) -> None:
    lines = (SOURCES / "questions.jsonl").read_text("utf-8").splitlines()[:12]
    lines.append('{"question": "Who is Ada?", "references": "a person"}')
    (tmp_path / "asked.jsonl").write_text("\n".join(lines), encoding="utf-8")
    seen = call("replaced", "--questions", tmp_path / "asked.jsonl", "--out", tmp_path / "set.jsonl")
    assert seen.exit_code == 0, seen.output
    assert "12 pairs; 1 questions left out, in which no word would do" in seen.output
    rows = [json.loads(line) for line in (tmp_path / "set.jsonl").read_text("utf-8").splitlines()]
    assert list(rows[0]) == ["dataset", "split", "id", "question", "references", "category", "template", "pair", "seed"]  # fmt: skip
    assert rows[0]["references"] == ["Paris"] and rows[0]["template"] == "What is the {word} of France?"


def test_our_own_sets_are_written_to_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from windward.evals.unknown.generators import own

    monkeypatch.setattr(own, "PAIRS", 2)
    seen = call("own", "--out", tmp_path / "set.jsonl", "--seed", 1)
    assert seen.exit_code == 0, seen.output
    assert "invented-concepts: 16 pairs; replaced-word: 68 pairs; false-premise: 47 pairs" in seen.output
    assert len(read_set(tmp_path / "set.jsonl")) == 2 * (16 + 68 + 47)
    assert not {one.text for one in read_set(own_set("replaced-word")) if one.split == "unanswerable"} & {
        one.text for one in read_set(tmp_path / "set.jsonl")
    }


def test_false_premises_are_written(tmp_path: Path) -> None:
    seen = call("premises", "--pairs", SOURCES / "false_premises.jsonl", "--out", tmp_path / "set.jsonl")
    assert seen.exit_code == 0 and "47 pairs" in seen.output
    assert read_set(tmp_path / "set.jsonl") == read_set(own_set("false-premise"))


@pytest.mark.parametrize(("arguments", "message"), [
    (("--n", 1000), "foods: 1000 names are asked for and existing.txt has"),
    (("--n", 2, "--exists", "none.txt"), "none.txt is not there; make it, one entry a line"),
])  # fmt: skip
def test_what_cannot_be_made_is_said_without_a_traceback(
    lists: Path, tmp_path: Path, arguments: tuple[object, ...], message: str
) -> None:
    seen = call("invented", "--lists", lists, "--out", tmp_path / "set.jsonl", *arguments)
    assert seen.exit_code == 2 and message in seen.output and "Traceback" not in seen.output
    assert not (tmp_path / "set.jsonl").exists()


@pytest.mark.parametrize(("file", "text", "message"), [
    ("existing.txt", "", "existing.txt is empty; write one entry a line"),
    ("templates.txt", "How?", "'How?' must have {name} in it exactly once"),
])  # fmt: skip
def test_a_list_that_cannot_be_used_is_named(
    lists: Path, tmp_path: Path, file: str, text: str, message: str
) -> None:
    (lists / "foods" / file).write_text(text)
    seen = call("invented", "--lists", lists, "--out", tmp_path / "set.jsonl")
    assert seen.exit_code == 2 and message in seen.output


def test_a_name_that_no_set_can_have_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    seen = call("invented", "--lists", tmp_path / "none", "--out", tmp_path / "set.csv")
    assert seen.exit_code == 2 and "ends in .jsonl or .parquet" in seen.output


@pytest.mark.parametrize("command", ["invented", "replaced", "premises", "own"])
def test_the_help_of_each_command_shows_an_example(command: str) -> None:
    assert f"windward unknown build {command}" in " ".join(call(command, "--help").output.split())
