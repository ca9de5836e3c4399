import json

import pytest
from typer.testing import CliRunner

from windward.cli import app

runner = CliRunner()


def quickstart(*words):
    return runner.invoke(app, ["quickstart", *map(str, words)])


def test_help_shows_an_example_and_every_choice():
    told = quickstart("--help").output
    assert "windward quickstart --out quickstart-tiny --size tiny" in told
    for word in ("tiny", "small", "full", "--problems", "--seed", "--base-url", "--model"):
        assert word in told


def test_out_is_required():
    assert quickstart().exit_code == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"prompt": "a", "reference": "1", "kind": "math"}\nnot json\n', "line 2: not JSON"),
        ('{"prompt": "a", "reference": "1", "kind": "prose"}\n', "line 1: 'kind' is 'prose'"),
        ("", "no problems in it"),
        ('{"prompt": "a", "reference": "1", "kind": "math"}\n', "a run needs both"),
    ],
)
def test_bad_problems_are_told_in_one_line_and_nothing_is_made(tmp_path, content, told):
    (tmp_path / "mine.jsonl").write_text(content)
    result = quickstart("--out", tmp_path / "out", "--problems", tmp_path / "mine.jsonl")
    assert result.exit_code == 2
    assert told in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


def test_a_missing_problems_file_is_named(tmp_path):
    result = quickstart("--out", tmp_path / "out", "--problems", tmp_path / "none.jsonl")
    assert result.exit_code == 2
    assert "there is no such file" in result.output


def test_the_folder_of_another_run_is_refused(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"recipe": "quickstart", "config": {"seed": 9}, "seed": 9}))
    result = quickstart("--out", tmp_path)
    assert result.exit_code == 2
    assert "seed was 9, now 0" in result.output


def test_a_damaged_record_is_said(tmp_path):
    (tmp_path / "run.json").write_text("{")
    result = quickstart("--out", tmp_path)
    assert result.exit_code == 2
    assert "damaged" in result.output
