"""`windward eval mint` does not score a checkpoint on what it was trained on, unless it is told to."""

import json

import pytest
from typer.testing import CliRunner

import windward.models
from windward.cli import app
from windward.models import scripted


@pytest.fixture
def data(tmp_path, monkeypatch):
    folder = tmp_path / "shared" / "mint"
    folder.mkdir(parents=True)
    for task in ("gsm8k", "hotpotqa"):
        problem = {"id": 0, "prompt": "Ann has 17 pens and buys 25. How many has she?", "reference": "42"}
        (folder / f"{task}.json").write_text(json.dumps(problem) + "\n")
    monkeypatch.setenv("WINDWARD_DATA", str(tmp_path / "shared"))
    monkeypatch.setattr(
        windward.models,
        "resolve",
        lambda name, base_url=None: scripted(lambda messages: "<solution>42</solution>", name="policy"),
        raising=False,
    )


def checkpoint(folder, *stamped):
    folder.mkdir()
    (folder / "training.json").write_text(json.dumps({"never_score": list(stamped)}))
    return folder


def evaluate(model, out, *options, task="gsm8k"):
    call = ["eval", "mint", "--model", str(model), "--task", task, "--out", str(out), *options]
    return CliRunner().invoke(app, call)


@pytest.mark.parametrize("stamped", ["mint", "gsm8k", "GSM8K"])
def test_a_checkpoint_trained_on_what_is_scored_is_refused(data, tmp_path, stamped):
    seen = evaluate(checkpoint(tmp_path / "trained", stamped), tmp_path / "run")
    assert seen.exit_code == 2
    assert f"was trained on problems of {stamped.lower()}" in seen.stderr
    assert "--allow-contaminated" in seen.stderr
    assert not (tmp_path / "run").exists()


def test_who_insists_gets_a_score_and_the_record_says_so(data, tmp_path):
    trained = checkpoint(tmp_path / "trained", "mint", "gsm8k", "math")
    seen = evaluate(trained, tmp_path / "run", "--allow-contaminated")
    assert seen.exit_code == 0, seen.output
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["settings"]["contaminated"] == ["gsm8k", "mint"]


def test_other_tasks_and_clean_checkpoints_are_scored(data, tmp_path):
    trained = checkpoint(tmp_path / "trained", "gsm8k", "ifeval")
    seen = evaluate(trained, tmp_path / "other", task="hotpotqa")
    assert seen.exit_code == 0, seen.output
    assert json.loads((tmp_path / "other" / "run.json").read_text())["settings"]["contaminated"] is None
    assert evaluate(checkpoint(tmp_path / "clean"), tmp_path / "run").exit_code == 0
    assert evaluate("policy", tmp_path / "hub").exit_code == 0


def test_a_damaged_record_is_told_in_a_line(data, tmp_path):
    trained = checkpoint(tmp_path / "trained", "mint")
    (trained / "training.json").write_text("{")
    seen = evaluate(trained, tmp_path / "run")
    assert seen.exit_code == 2
    assert "training.json is damaged" in seen.stderr
