"""`windward trees` from the command line: what it writes, and what it says when it cannot."""

import json

import pytest
from typer.testing import CliRunner

from trajectory_fakes import recorded, write_recording
from windward.cli import app
from windward.models import scripted
from windward.rows import read_pairs, read_sft

SAYS_WRONG = (
    "Observation:\nYour answer is wrong.\nYou have 4 steps left and 1 chances to propose solution left.\n"
)


@pytest.fixture(autouse=True)
def without_data(monkeypatch):
    monkeypatch.delenv("WINDWARD_DATA", raising=False)


def call(*arguments):
    return CliRunner().invoke(app, ["trees", *map(str, arguments)])


def recording(tmp_path):
    rows = []
    for number in range(1, 4):
        rows += [
            recorded(number, f"<solution>{number}</solution>", model="a"),
            recorded(number, f"<solution>{number}9</solution>", model="b", success=False),
            recorded(number, f"<solution>{number}8</solution>", model="c", success=False),
            recorded(number, f"Yes: <solution>{number}</solution>", model="d"),
        ]
    return write_recording(tmp_path / "runs.parquet", rows)


def test_trees_are_mined_and_the_counts_are_said(tmp_path):
    seen = call("mine", recording(tmp_path), "--out", tmp_path / "out")
    assert seen.exit_code == 0, seen.output
    assert "12 runs on 3 problems; left out: none" in seen.stdout
    assert "6 pairs, 6 rows for SFT, 0 augmented pairs" in seen.stdout
    assert f"results: {tmp_path / 'out' / 'report.html'}" in seen.stdout
    for name in ("trees.jsonl", "sft.parquet", "pairs.parquet", "report.html", "run.json"):
        assert (tmp_path / "out" / name).is_file()


def test_every_option_of_mine_reaches_what_it_decides(tmp_path):
    quiz = tmp_path / "quiz.jsonl"
    quiz.write_text(json.dumps({"text": recorded(2)["prompt"]}) + "\n")
    seen = call(
        "mine", recording(tmp_path), "--out", tmp_path / "out", "--model", "a", "--model", "b", "--model", "c", "--task", "gsm8k",
        "--depth", 1, "--pairs-per-turn", 1, "--leaves", 1, "--against", quiz, "--seed", 3,
    )  # fmt: skip
    assert seen.exit_code == 0, seen.output
    rows = read_pairs(tmp_path / "out" / "pairs.parquet")
    assert [(row.tree_id, row.model, row.seed) for row in rows] == [("gsm8k/1", "a", 3), ("gsm8k/3", "a", 3)]
    settings = json.loads((tmp_path / "out" / "run.json").read_text())["settings"]
    assert (settings["depth"], settings["pairs_per_turn"], settings["leaves"]) == (1, 1, 1)


def test_rows_are_exported_and_imported(tmp_path):
    call("mine", recording(tmp_path), "--out", tmp_path / "out")
    seen = call("export", tmp_path / "out", "--schema", "ultrainteract", "--out", tmp_path / "theirs")
    assert seen.exit_code == 0, seen.output
    for name, read in (("pair", read_pairs), ("sft", read_sft)):
        seen = call(
            "import", tmp_path / "theirs" / f"ultrainteract_{name}.parquet", "--out", tmp_path / "back"
        )
        assert seen.exit_code == 0, seen.output
        assert len(read(seen.stdout.strip().rsplit("results: ", 1)[1])) == 6


def test_trees_are_grown_with_the_models_named(tmp_path, monkeypatch):
    made = {
        name: scripted(lambda _, said=said: said, name=name)
        for name, said in {
            "weak": "```python\nprint(1)\n```",
            "strong": "```python\nprint(5)\n```",
            "other": "```python\nprint(2)\n```",
            "third": "Add again.",
        }.items()
    }
    monkeypatch.setattr("windward.models.resolve", lambda name, base_url: made[name])
    problems = tmp_path / "problems.jsonl"
    problems.write_text(json.dumps({"prompt": "2 + 3?", "reference": "5", "kind": "math"}) + "\n")
    seen = call(
        "grow", problems, "--out", tmp_path / "out", "--actor", "weak", "--stronger", "strong", "--opponent", "other", "--critic",
        "third", "--schema", "modular", "--samples", 2, "--turns", 2, "--max-tokens", 50,
    )  # fmt: skip
    assert seen.exit_code == 0, seen.output
    rows = read_pairs(tmp_path / "out" / "pairs.parquet")
    assert [(row.model, row.rejected_model) for row in rows] == [("strong", "other")] * 2
    assert [len(model.calls) for model in made.values()] == [4, 4, 4, 1]
    assert "first write the tools" in rows[0].prompt[0]["content"]


def test_a_cast_that_breaks_a_rule_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("windward.models.resolve", lambda name, base_url: scripted([], name=name))
    problems = tmp_path / "problems.jsonl"
    problems.write_text(json.dumps({"prompt": "2 + 3?", "reference": "5", "kind": "math"}) + "\n")
    seen = call("grow", problems, "--out", tmp_path / "out", "--actor", "m", "--opponent", "m")
    assert (seen.exit_code, "m is on both sides" in seen.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("mine", "gone.parquet"), "gone.parquet is not there"),
        (("import", "gone.jsonl"), "gone.jsonl is not there"),
        (("export", "gone"), "holds neither sft.parquet nor pairs.parquet"),
        (("grow", "gone.jsonl"), "gone.jsonl: there is no such file"),
    ],
)
def test_what_is_not_there_is_an_error_of_one_line(tmp_path, arguments, said, monkeypatch):
    monkeypatch.setattr("windward.models.resolve", lambda name, base_url: scripted([], name=name))
    seen = call(arguments[0], tmp_path / arguments[1], "--out", tmp_path / "out")
    assert seen.exit_code == 2
    assert said in seen.stderr and "Traceback" not in seen.output


def test_a_folder_of_other_settings_is_left_alone(tmp_path):
    source = recording(tmp_path)
    call("mine", source, "--out", tmp_path / "out")
    before = (tmp_path / "out" / "pairs.parquet").read_bytes()
    seen = call("mine", source, "--out", tmp_path / "out", "--seed", 1)
    assert seen.exit_code == 2 and "seed was 0, now 1" in seen.stderr
    assert (tmp_path / "out" / "pairs.parquet").read_bytes() == before
