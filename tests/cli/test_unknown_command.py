"""`windward eval unknown`: a real checkpoint on the sets that come with windward, recorded answers, and what is said when neither is there."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from windward.cli import app
from windward.rows import read_results, select


def invoke(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["eval", "unknown", *map(str, arguments)])
    assert "Traceback" not in done.output
    return done.exit_code, done.output


def test_a_checkpoint_is_asked_our_sets_by_every_named_elicitation(
    tmp_path: Path, tiny_checkpoint: Path
) -> None:
    out = tmp_path / "run"
    usual = ("--model", tiny_checkpoint, "--own", "--limit", 2, "--max-tokens", 4, "--out", out)
    names = ("verbalised", "expected-digit", "sequence-log-probability", "entropy", "question-perplexity")
    named = [word for name in names for word in ("--confidence", name)]
    code, said = invoke(*usual, *named)
    assert code == 0, said
    found = read_results(out / "results.parquet")
    halves = {(row.dataset, row.split): row.n for row in select(found, metric="refusal_rate")}
    sets = ("invented-concepts", "replaced-word", "false-premise")
    assert halves == {(name, split): 2 for name in sets for split in ("answerable", "unanswerable")}
    missing = select(found, metric="confidence_missing_rate")
    assert {row.condition["method"] for row in missing} == set(names)
    assert (out / "report.html").exists() and len((out / "answers.jsonl").read_text().splitlines()) == 12
    assert json.loads((out / "run.json").read_text())["settings"]["confidence"] == list(names)
    code, said = invoke(*usual, "--confidence", "entropy")
    assert code == 2 and "holds another run" in said


def test_recorded_answers_are_scored_from_the_command_line(tmp_path: Path) -> None:
    rows = [
        {
            "dataset": "NEC",
            "split": split,
            "question": f"What is {n}?",
            "references": None,
            "response": reply,
            "confidence": 7,
        }
        for split, reply in (("answerable", "A fruit."), ("unanswerable", "I do not know what that is."))
        for n in range(3)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "mine.parquet")
    usual = ("--replay", tmp_path / "mine.parquet", "--out", tmp_path / "scored")
    code, said = invoke(*usual)
    assert code == 2 and "--confidence-scale" in said and not (tmp_path / "scored").exists()
    code, said = invoke(*usual, "--confidence-scale", "0-10")
    assert code == 0 and "NEC, unanswerable: 100.0 % refused of 3 (lexical)" in said
    (mean, other) = select(read_results(tmp_path / "scored" / "results.parquet"), metric="confidence_mean")
    assert mean.value == other.value == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--model NAME to ask one, or --replay FOLDER"),
        (("--model", "embedded", "--replay", "."), "--model NAME to ask one, or --replay FOLDER"),
        (("--replay", "nowhere"), "nowhere does not exist"),
        (("--model", "embedded"), "--own asks the sets that come with windward"),
        (
            ("--model", "embedded", "--data", "nowhere"),
            "nowhere/FalseQA/FalseQA_answerable.json is not there",
        ),
        (("--model", "embedded", "--questions", "nowhere.jsonl"), "nowhere.jsonl"),
    ],
)
def test_what_is_missing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.delenv("WINDWARD_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    code, output = invoke(*arguments, "--out", tmp_path / "run")
    assert code == 2 and said in output
    assert not (tmp_path / "run").exists()


def test_a_checkpoint_that_has_seen_a_set_is_not_scored_on_it(tmp_path: Path, tiny_checkpoint: Path) -> None:
    import shutil

    trained = tmp_path / "trained"
    shutil.copytree(tiny_checkpoint, trained)
    (trained / "training.json").write_text(json.dumps({"never_score": ["replaced-word"]}))
    usual = ("--model", trained, "--own", "--limit", 1, "--max-tokens", 2, "--confidence", "entropy")
    code, said = invoke(*usual, "--out", tmp_path / "run")
    assert code == 2 and "replaced-word" in said
    code, said = invoke(*usual, "--out", tmp_path / "run", "--allow-contaminated")
    assert code == 0, said
    assert json.loads((tmp_path / "run" / "run.json").read_text())["settings"]["contaminated"] == [
        "replaced-word"
    ]
