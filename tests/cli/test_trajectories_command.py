"""`windward trajectories` from the command line: what it writes, and what it says when it cannot."""

import json

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from trajectory_fakes import prose, recorded, talk, write_lines, write_recording
from windward.cli import app


@pytest.fixture(autouse=True)
def without_data(monkeypatch):
    monkeypatch.delenv("WINDWARD_DATA", raising=False)


def call(*arguments):
    return CliRunner().invoke(app, ["trajectories", *map(str, arguments)])


def rows_of(out):
    return pq.read_table(out / "trajectories.parquet").to_pylist()


def test_rows_are_made_and_the_counts_are_said(tmp_path):
    recording = write_recording(
        tmp_path / "runs.parquet", [recorded(1), recorded(2, success=False), recorded(3)]
    )
    seen = call(recording, "--out", tmp_path / "out")
    assert seen.exit_code == 0, seen.output
    assert "3 runs read, 2 left" in seen.stdout
    assert "failed                  1  not solved" in seen.stdout
    assert "2 rows kept, 2 of them recovered from an error" in seen.stdout
    assert f"rows: {tmp_path / 'out' / 'trajectories.parquet'}" in seen.stdout
    assert len(rows_of(tmp_path / "out")) == 2
    assert (tmp_path / "out" / "report.html").is_file()


def test_every_option_reaches_what_it_decides(tmp_path):
    chats = write_lines(
        tmp_path / "chats.jsonl",
        [talk(n, problem_id="p" if n < 24 else "q", model="m" if n != 25 else "x") for n in range(20, 26)]
        + [talk(30, success=None)],
    )
    quiz = write_lines(tmp_path / "quiz.jsonl", [{"text": f"Count {prose(20)}."}])
    seen = call(
        chats, "--out", tmp_path / "out", "--from", "chat", "--models", "m", "--min-turns", 2, "--per-problem", 2,
        "--per-source", 3, "--max-chars", 5_000, "--against", quiz, "--learn", "all", "--unjudged", "--with-feedback",
        "--seed", 3,
    )  # fmt: skip
    assert seen.exit_code == 0, seen.output
    rows = rows_of(tmp_path / "out")
    assert [row["id"] for row in rows] == ["talk21", "talk22", "talk24"]
    assert all(
        row["learn"] == [message["role"] == "assistant" for message in row["messages"]] for row in rows
    )
    settings = json.loads((tmp_path / "out" / "run.json").read_text())["settings"]
    assert (settings["form"], settings["max_chars"], settings["feedback"], settings["seed"]) == (
        "chat",
        5_000,
        True,
        3,
    )


def test_recorded_verdicts_are_trusted_where_that_is_asked_for(tmp_path):
    recording = write_recording(tmp_path / "runs.parquet", [recorded(1), recorded(2, reference="3")])
    for place, (option, count) in enumerate([((), 1), (("--trust-recorded",), 2)]):
        seen = call(recording, *option, "--out", tmp_path / f"{place}")
        assert seen.exit_code == 0, seen.output
        assert len(rows_of(tmp_path / f"{place}")) == count


def test_evaluation_sets_in_the_data_folder_are_compared_with(tmp_path, monkeypatch):
    (tmp_path / "data" / "reasoning").mkdir(parents=True)
    svamp = [{"ID": "1", "Body": f"Count {prose(20)}.", "Question": ""}]
    (tmp_path / "data" / "reasoning" / "svamp.json").write_text(json.dumps(svamp))
    monkeypatch.setenv("WINDWARD_DATA", str(tmp_path / "data"))
    chats = write_lines(tmp_path / "chats.jsonl", [talk(20), talk(21)])
    seen = call(chats, "--out", tmp_path / "out")
    assert "compared with 1 items of svamp" in seen.stdout
    assert [row["id"] for row in rows_of(tmp_path / "out")] == ["talk21"]


def test_what_is_wrong_is_said_in_a_line(tmp_path):
    chats = write_lines(tmp_path / "chats.jsonl", [talk(1)])
    broken = write_lines(tmp_path / "broken.jsonl", [talk(1), {"messages": []}])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    cases = [
        ([tmp_path / "nowhere"], "nowhere is not there: name a recording of MINT"),
        ([broken], "broken.jsonl, line 2: no run"),
        ([chats, "--from", "mint"], "is no Parquet file"),
        ([chats, "--from", "live"], "line 1: no run (KeyError: 'run')"),
        ([chats, "--models", "nobody"], "no runs of nobody"),
        ([chats, "--against", tmp_path / "no.jsonl"], "neither a file, nor a folder, nor one of mint"),
        ([chats, "--against", "mint"], "--against mint needs the data folder: set WINDWARD_DATA"),
    ]
    for place, (arguments, said) in enumerate(cases):
        seen = call(*arguments, "--out", tmp_path / f"out{place}")
        assert seen.exit_code == 2
        assert said in seen.stderr and "Traceback" not in seen.stderr
        assert not (tmp_path / f"out{place}" / "trajectories.parquet").exists()
    seen = call(chats, "--out", tmp_path / "mine")
    assert seen.exit_code == 2 and "not empty: give --out a new folder" in seen.stderr


def test_without_runs_or_with_a_bad_number_nothing_is_done(tmp_path):
    assert call("--out", tmp_path / "out").exit_code == 2
    assert call("x.jsonl", "--out", tmp_path / "out", "--min-turns", 0).exit_code == 2
    assert not (tmp_path / "out").exists()
