"""`windward shift llm`: a real checkpoint on files of rated sentences, and what is said when something is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from windward.cli import app
from windward.rows import read_results, select

FILES = ("amazonReviewSnippets", "movieReviewSnippets", "nytEditorialSnippets", "tweets")
RATINGS = {"bad": -2.0, "good": 2.0, "plain": 0.1}


@pytest.fixture
def rated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sixty sentences of each domain, as the user has them."""
    folder = tmp_path / "data" / "shift"
    folder.mkdir(parents=True)
    for name in FILES:
        rows = [
            f"{n}_{word}\t{rating}\t{name} number {n} is {word}"
            for n in range(20)
            for word, rating in RATINGS.items()
        ]
        (folder / f"{name}.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    monkeypatch.setenv("WINDWARD_DATA", str(tmp_path / "data"))
    return folder


def invoke(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["shift", "llm", *map(str, arguments)])
    assert "Traceback" not in done.output
    return done.exit_code, done.output


def test_a_checkpoint_is_measured_under_every_paradigm_and_the_same_command_goes_on(
    rated: Path, tmp_path: Path, tiny_checkpoint: Path
) -> None:
    out = tmp_path / "run"
    usual = ("--task", "rated", "--model", tiny_checkpoint, "--shots", 1, "--limit", 4, "--max-tokens", 3, "--out", out)  # fmt: skip
    code, said = invoke(*usual)
    assert code == 0, said
    assert "always the largest class" in said and "zero-shot log-probabilities calibrated" in said
    found = read_results(out / "results.parquet")
    for paradigm, sets in (("zero-shot", 4), ("id", 4), ("ood", 3)):
        for reading in ("strict", "lenient"):
            rows = select(found, metric="accuracy", condition={"paradigm": paradigm, "reading": reading})
            assert len(rows) == sets and {row.n for row in rows} == {4}
        scored = select(
            found, metric="accuracy", condition={"paradigm": paradigm, "reading": "log-probabilities"}
        )
        assert len(scored) == 3 * sets and {row.unparsed for row in scored} == {0}
    shown = json.loads((out / "demonstrations.json").read_text())
    assert all(one["ids"] for one in shown if one["paradigm"] != "zero-shot")
    again, repeated = invoke(*usual)
    assert again == 0 and repeated.splitlines()[-12:] == said.splitlines()[-12:]
    assert read_results(out / "results.parquet") == found


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--task", "ratings"), "there is no task called 'ratings'"),
        (("--task", "rated", "--local", "amazon"), "write NAME=PATH or NAME:SPLIT=PATH"),
        (("--task", "rated", "--local", "books=x"), "the datasets of rated are amazon"),
        (("--task", "rated", "--paradigm", "few"), "Invalid value"),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_is_made(
    rated: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    code, output = invoke(*arguments, "--model", "nowhere", "--out", tmp_path / "run")
    assert code == 2 and said in " ".join(output.replace("│", " ").split())
    assert not (tmp_path / "run").exists()


def test_a_checkpoint_without_a_head_for_the_task_cannot_stand_beside(
    rated: Path, tmp_path: Path, tiny_checkpoint: Path
) -> None:
    code, output = invoke(
        "--task", "rated", "--model", tiny_checkpoint, "--fine-tuned", tiny_checkpoint, "--out", tmp_path / "run"
    )  # fmt: skip
    assert code == 2 and "is no checkpoint that was trained on rated" in output
    assert not (tmp_path / "run").exists()


def test_sets_that_are_nowhere_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_checkpoint: Path
) -> None:
    monkeypatch.setenv("WINDWARD_DATA", str(tmp_path))
    code, output = invoke("--task", "rated", "--model", tiny_checkpoint, "--out", tmp_path / "run")
    assert code == 2 and "amazon is not on the hub" in output and "--local amazon=PATH" in output


def test_a_file_of_one_split_is_tested_and_without_another_one_nothing_of_its_set_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_checkpoint: Path
) -> None:
    monkeypatch.setenv("WINDWARD_DATA", str(tmp_path / "empty"))
    file = tmp_path / "some.tsv"
    file.write_text("1\t2.0\tgood\n2\t-2.0\tbad\n", encoding="utf-8")
    places = [part for name in ("amazon", "movie", "nyt", "tweets") for part in ("--local", f"{name}:test={file}")]  # fmt: skip
    usual = ("--task", "rated", "--model", tiny_checkpoint, "--max-tokens", 2, *places)
    code, output = invoke(*usual, "--paradigm", "zero-shot", "--out", tmp_path / "run")
    assert code == 0, output
    assert {row.n for row in read_results(tmp_path / "run" / "results.parquet")} == {2}
    code, output = invoke(*usual, "--paradigm", "zero-shot", "--paradigm", "id", "--out", tmp_path / "id")
    assert code == 2 and "Its examples are shown under id; ask zero-shot alone to do without" in output


def test_the_help_shows_an_example() -> None:
    code, output = invoke("--help")
    assert code == 0 and "windward shift llm --task rated --model embedded" in " ".join(output.split())
