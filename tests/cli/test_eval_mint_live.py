"""`windward eval mint --model …` from the command line, with a scripted model in place of a real one."""

import json

import pytest
from typer.testing import CliRunner

import windward.models
from windward.cli import app
from windward.evals.mint.record import read_runs
from windward.models import ModelError, scripted
from windward.rows import read_results, select


@pytest.fixture
def data(tmp_path, monkeypatch):
    folder = tmp_path / "shared" / "mint"
    folder.mkdir(parents=True)
    problem = {"id": 0, "prompt": "Ann has 17 pens and buys 25. How many has she?", "reference": "42"}
    (folder / "gsm8k.json").write_text(json.dumps(problem) + "\n")
    monkeypatch.setenv("WINDWARD_DATA", str(tmp_path / "shared"))
    return folder


@pytest.fixture
def resolved(monkeypatch):
    """What the command asked for, and scripted models for it."""
    asked = []

    def resolve(name, base_url=None):
        asked.append((name, base_url))
        if name == "nobody":
            raise ModelError("there is no model 'nobody'")
        said = "This is BAD. Add them." if name == "expert" else "<solution>42</solution>"
        first = "<execute>print(17 + 25)</execute>"
        return scripted(
            lambda messages: said if name == "expert" or "Add them." in messages[-1]["content"] else first,
            name=name,
        )

    monkeypatch.setattr(windward.models, "resolve", resolve, raising=False)
    return asked


def call(*arguments):
    return CliRunner().invoke(app, ["eval", "mint", *map(str, arguments)])


def test_a_model_is_evaluated_with_feedback_from_another(data, resolved, tmp_path):
    out = tmp_path / "run"
    seen = call(
        "--model", "policy", "--base-url", "http://here/v1", "--task", "reasoning", "--task", "gsm8k", "--turns", 3,
        "--mode", "prefix", "--feedback", "expert", "--feedback-base-url", "http://there/v1", "--show-reference", "--out", out,
    )  # fmt: skip
    assert seen.exit_code == 2
    assert "math.json is not there" in seen.stderr
    seen = call(
        "--model", "policy", "--base-url", "http://here/v1", "--task", "gsm8k", "--turns", 3,
        "--mode", "prefix", "--feedback", "expert", "--feedback-base-url", "http://there/v1", "--show-reference", "--out", out,
    )  # fmt: skip
    assert seen.exit_code == 0, seen.output
    assert resolved[-2:] == [("policy", "http://here/v1"), ("expert", "http://there/v1")]
    results = read_results(out / "results.parquet")
    rates = [
        select(results, dataset="gsm8k", metric="success_rate", condition={"k": k})[0].value
        for k in (1, 2, 3)
    ]
    assert rates == [0.0, 1.0, 1.0]
    assert read_runs(out / "runs.jsonl")[0].run.setting.with_reference
    assert "1 of 1 runs solved" in seen.stdout


def test_one_model_or_a_recording_has_to_be_named(data, resolved, tmp_path):
    for arguments in ([], ["--model", "a", "--model", "b"]):
        seen = call(*arguments, "--out", tmp_path / "run")
        assert (seen.exit_code, resolved) == (2, [])
        assert "name one --model to evaluate, or a recording with --replay FILE" in seen.stderr


def test_what_is_wrong_is_said_in_a_line(data, resolved, tmp_path):
    seen = call("--model", "nobody", "--out", tmp_path / "run")
    assert (seen.exit_code, seen.stderr) == (2, "error: there is no model 'nobody'\n")
    seen = call("--model", "policy", "--task", "chess", "--out", tmp_path / "run")
    assert seen.exit_code == 2
    assert "'chess' is no task of MINT" in seen.stderr


def test_no_feedback_can_be_said_in_words(data, resolved, tmp_path):
    seen = call("--model", "policy", "--task", "gsm8k", "--feedback", "none", "--out", tmp_path / "run")
    assert seen.exit_code == 0, seen.output
    assert resolved == [("policy", None)]
    assert read_runs(tmp_path / "run" / "runs.jsonl")[0].run.setting.feedback == "none"
