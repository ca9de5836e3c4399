"""`windward chat` as a command."""

import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from windward.cli import app

REPLIES = ["I count.\n<execute>\nprint(6 * 7)\n</execute>", "It is 42."]


def chat(*arguments, **options):
    return CliRunner(env={"WINDWARD_TOKEN": None, "COLUMNS": "200"}).invoke(
        app, ["chat", *arguments], **options
    )


def test_the_help_has_an_example():
    shown = chat("--help").output
    assert (
        "windward chat --model Qwen3-8B --base-url http://localhost:8000/v1" in shown
        and "--script" not in shown
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::"])
def test_another_address_demands_a_token(tmp_path, host):
    done = chat("--host", host, "--home", str(tmp_path / "home"))
    assert done.exit_code == 2 and "--token" in done.output and not (tmp_path / "home").exists()


def test_a_script_is_played_in_the_terminal(tmp_path):
    script = tmp_path / "script.json"
    script.write_text(json.dumps(REPLIES))
    done = chat(
        "--terminal", "--script", str(script), "--home", str(tmp_path / "home"), input="Count.\n/files\n"
    )
    assert done.exit_code == 0, done.output
    assert "42" in done.output and "It is 42." in done.output and "no files yet" in done.output


@pytest.mark.parametrize("content", ["{", '{"a": 1}', "[1]", None])
def test_a_script_that_is_none_is_an_error_with_words(tmp_path, content):
    script = tmp_path / "script.json"
    if content is not None:
        script.write_text(content)
    done = chat("--terminal", "--script", str(script), "--home", str(tmp_path / "home"))
    assert done.exit_code == 2 and str(script) in done.output.replace("\n", "")


def test_without_gradio_the_hint_is_precise(tmp_path):
    (tmp_path / "gradio.py").write_text("raise ImportError('No module named gradio')")
    (tmp_path / "script.json").write_text("[]")
    command = [sys.executable, "-m", "windward", "chat", "--script", "script.json", "--port", "7999"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(tmp_path)}
    )
    assert (
        done.returncode == 2 and "pip install 'windward[chat]'" in done.stderr and "--terminal" in done.stderr
    )


def test_a_home_that_cannot_be_made_is_an_error_with_words(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "script.json").write_text("[]")
    done = chat(
        "--terminal", "--home", str(tmp_path / "file" / "x"), "--script", str(tmp_path / "script.json")
    )
    assert done.exit_code == 2 and "cannot be made" in done.output


def test_an_address_that_is_none_is_an_error_with_words(tmp_path):
    done = chat("--terminal", "--base-url", "not-a-url", "--home", str(tmp_path / "home"))
    assert done.exit_code == 2 and "base_url" in done.output


def test_an_exported_conversation_becomes_a_row_to_train_on(tmp_path, monkeypatch):
    import pyarrow.parquet as parquet

    monkeypatch.delenv("WINDWARD_DATA", raising=False)
    script, export = tmp_path / "script.json", tmp_path / "chats.jsonl"
    wrong = "<execute>\nprint(six * 7)\n</execute>"
    script.write_text(json.dumps([wrong, *REPLIES]))
    lines = f"What is six times seven?\n/good\n/export {export}\n"
    chat("--terminal", "--script", str(script), "--home", str(tmp_path / "home"), input=lines)
    done = CliRunner().invoke(app, ["trajectories", str(export), "--out", str(tmp_path / "rows")])
    assert done.exit_code == 0, done.output
    (row,) = parquet.read_table(tmp_path / "rows" / "trajectories.parquet").to_pylist()
    assert (row["source"], row["turns"], row["recovered"]) == ("chat", 3, True)
    assert row["messages"][-1] == {"role": "assistant", "content": "It is 42."}
