"""`windward eval control`: a real checkpoint from the command line to the table, and what it says when it cannot."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from windward.cli import app
from windward.rows import read_results, select


def invoke(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["eval", "control", *map(str, arguments)])
    assert "Traceback" not in done.output
    return done.exit_code, done.output


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.jsonl"
    path.write_text("".join(json.dumps({"prompt": f"Name {n} things."}) + "\n" for n in (2, 3)))
    return path


def test_a_checkpoint_is_asked_for_every_level(tmp_path: Path, tiny_checkpoint: Path, prompts: Path) -> None:
    out = tmp_path / "run"
    arguments = ("--model", tiny_checkpoint, "--prompts", prompts, "--objective", "brevity", "--out", out)
    code, said = invoke(*arguments, "--max-tokens", 4)
    assert code == 0 and "brevity, judged by program: requested less realised" in said
    assert "each under 6 conditions: 12 answers" in said and f"results: {out / 'results.parquet'}" in said
    found = read_results(out / "results.parquet")
    (whole,) = [row for row in select(found, metric="absolute_error") if "requested" not in row.condition]
    assert (whole.n, whole.dataset, whole.system) == (10, "prompts", "control")
    assert json.loads((out / "run.json").read_text())["settings"]["objectives"]["brevity"]["high"] == 5
    code, said = invoke(*arguments, "--max-tokens", 4)
    assert code == 0
    code, said = invoke(*arguments, "--max-tokens", 5)
    assert code == 2 and "max_tokens was 4, now 5" in said


def test_what_is_missing_is_said(tmp_path: Path, tiny_checkpoint: Path, prompts: Path) -> None:
    usual = ("--model", tiny_checkpoint, "--out", tmp_path / "run")
    for more, why in (
        (("--objective", "brevity"), "one of --prompts FILE, --honesty, --harm FILE"),
        (("--objective", "brevity", "--prompts", prompts, "--honesty"), "one of --prompts FILE"),
        (("--objective", "honesty", "--prompts", prompts), "name one with --judge"),
        (("--objective", "wit", "--prompts", prompts), "scale of wit is not known"),
        (("--objective", "harmlessness", "--harm", prompts), "field level"),
        (("--objective", "brevity", "--prompts", tmp_path / "gone.jsonl"), "gone.jsonl cannot be read"),
        (("--objective", "brevity", "--prompts", prompts, "--specialist", "brevity"), "write OBJECTIVE=DIR"),
    ):
        code, said = invoke(*usual, *more)
        assert code == 2 and why in said, said
    assert not (tmp_path / "run").exists()


def test_the_honesty_set_is_looked_for_where_the_data_are(
    tmp_path: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = (
        "--model",
        tiny_checkpoint,
        "--out",
        tmp_path / "run",
        "--honesty",
        "--objective",
        "confidence",
        "--plain",
    )
    monkeypatch.delenv("WINDWARD_DATA", raising=False)
    code, said = invoke(*usual)
    assert code == 2 and "WINDWARD_DATA" in said
    (tmp_path / "data" / "honesty").mkdir(parents=True)
    rows = [
        {"category": domain, "id": n, "user_query": "Why ?"}
        for n, domain in enumerate(("Finance", "Science"))
    ]
    (tmp_path / "data" / "honesty" / "halueval.json").write_text(json.dumps(rows))
    monkeypatch.setenv("WINDWARD_DATA", str(tmp_path / "data"))
    code, said = invoke(*usual, "--max-tokens", 4)
    assert code == 0 and "2 prompts, 1 different; domains Finance 1, Science 1" in said
    (rate,) = select(read_results(tmp_path / "run" / "results.parquet"), metric="over_refusal_rate")
    assert (rate.dataset, rate.n, rate.condition["judge"]) == ("halueval", 2, "lexical")


def test_a_checkpoint_trained_on_the_questions_is_not_scored_on_them(tmp_path: Path, prompts: Path) -> None:
    seen = tmp_path / "seen"
    seen.mkdir()
    (seen / "training.json").write_text(json.dumps({"never_score": ["prompts"]}))
    code, said = invoke(
        "--model", seen, "--prompts", prompts, "--objective", "brevity", "--out", tmp_path / "run"
    )
    assert code == 2 and "--allow-contaminated" in said


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from windward.cli import app\n"
        "for group in (['eval', 'control'], ['controllable', 'rows'], ['controllable', 'tokens']):\n"
        "    assert CliRunner().invoke(app, [*group, '--help']).exit_code == 0\n"
        "assert not {'torch', 'transformers', 'pyarrow', 'langdetect', 'datasets'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
