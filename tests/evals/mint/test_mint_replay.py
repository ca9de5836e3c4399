"""Replaying a recording: figures by recorded verdicts or by grading again, every flip listed, nothing done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from mint_recording import execute, observe, recorded, solve, write_recording
from typer.testing import CliRunner

from windward.cli import app
from windward.evals.folder import FolderError
from windward.evals.mint import regrade
from windward.evals.mint import replay as module
from windward.evals.mint.recorded import RecordingError
from windward.evals.mint.replay import DISAGREEMENTS, ReplayConfig, replay
from windward.rows import read_results, select

ROWS = [
    recorded([execute("6*7"), observe("42"), solve("42")], success=True),
    recorded([solve("41"), observe("Your answer is wrong."), solve("43")], success=True, task_id="1"),
    recorded([solve("-5.0")], task="math", task_id="0", reference="-5.0"),
    recorded([solve("45,000")], task_id="2", reference="45000"),
    recorded([solve("no")], task="hotpotqa", reference="yes"),
    recorded([execute("look()")], success=True, task="alfworld", task_id="game", reference=""),
]


def silent(line: str) -> None:
    """Says nothing."""


def rate(path: Path, dataset: str, profile: str) -> float:
    (row,) = select(
        read_results(path), dataset=dataset, metric="success_rate", condition={"k": 5, "feedback": "none", "profile": profile}
    )  # fmt: skip
    return row.value


def test_recorded_verdicts_are_taken_as_they_are(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "r.parquet", ROWS)
    path = replay(ReplayConfig(recording, trust_recorded=True), tmp_path / "out", tell=silent)
    assert rate(path, "gsm8k", "recorded") == pytest.approx(2 / 3)
    assert rate(path, "all", "recorded") == pytest.approx(3 / 6)
    assert {row.condition["profile"] for row in read_results(path)} == {"recorded"}
    assert pq.read_table(tmp_path / "out" / DISAGREEMENTS).num_rows == 0


def test_regrading_lists_every_flip_with_its_rule(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "r.parquet", ROWS)
    path = replay(ReplayConfig(recording), tmp_path / "out", tell=silent)
    assert [rate(path, "math", profile) for profile in ("recorded", "released", "strict")] == [0, 1, 1]
    assert [rate(path, "gsm8k", profile) for profile in ("recorded", "released", "strict")] == [
        pytest.approx(2 / 3), pytest.approx(2 / 3), pytest.approx(2 / 3)
    ]  # fmt: skip
    rows = pq.read_table(tmp_path / "out" / DISAGREEMENTS).to_pylist()
    told = {(row["task"], row["task_id"], row["turn"]): row for row in rows}
    assert set(told) == {
        ("gsm8k", "1", 1), ("gsm8k", "1", 2), ("gsm8k", "2", 1), ("math", "0", 1), ("alfworld", "game", 1)
    }  # fmt: skip
    near = told["gsm8k", "1", 2]
    assert (near["recorded"], near["released"], near["strict"]) == (True, True, False)
    assert (near["released_rule"], near["strict_rule"]) == ("within-5%", "number")
    won = told["alfworld", "game", 1]
    assert (won["recorded"], won["released"], won["strict"]) == (True, True, None)
    assert "needs replay" in won["strict_rule"]
    flips = select(
        read_results(path), metric="flipped_proposals", dataset="gsm8k", condition={"profile": "strict"}
    )
    assert {(row.condition["now"], row.condition["count"]) for row in flips} == {
        ("rejected", 1),
        ("accepted", 1),
    }


def test_an_earlier_proposal_that_is_right_ends_the_run_earlier(tmp_path: Path) -> None:
    rows = [recorded([solve("45,000"), observe("wrong"), solve("0")], reference="45000")]
    recording = write_recording(tmp_path / "r.parquet", rows)
    config = ReplayConfig(recording, profiles=("strict",), mode="prefix")
    path = replay(config, tmp_path / "out", tell=silent)
    found = select(read_results(path), dataset="all", metric="success_rate", condition={"profile": "strict"})
    assert {row.condition["k"]: row.value for row in found} == dict.fromkeys(range(1, 6), 1.0)


def test_a_game_that_was_over_counts_as_won_when_it_is_won_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        recorded([execute(action)], success=True, task="alfworld", task_id="game", reference="", model=action)
        for action in ("win()", "wait()")
    ]
    recording = write_recording(tmp_path / "r.parquet", rows)
    monkeypatch.setattr(module, "_player", lambda games: lambda game, actions: list(actions) == ["win()"])
    path = replay(ReplayConfig(recording, games=tmp_path), tmp_path / "out", tell=silent)
    found = select(read_results(path), dataset="all", metric="success_rate", condition={"profile": "strict"})
    assert {row.model: row.value for row in found} == {"win()": 1.0, "wait()": 0.0}
    (row,) = pq.read_table(tmp_path / "out" / DISAGREEMENTS).to_pylist()
    assert (row["model"], row["strict"], row["strict_rule"]) == ("wait()", False, "over-but-not-won")


def test_what_is_graded_is_not_graded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = write_recording(tmp_path / "r.parquet", ROWS)
    first = replay(ReplayConfig(recording), tmp_path / "out", tell=silent).read_bytes()
    calls: list[Any] = []
    monkeypatch.setattr(regrade, "grade", lambda *given: calls.append(given))
    assert replay(ReplayConfig(recording), tmp_path / "out", tell=silent).read_bytes() == first
    assert not calls


def test_identical_proposals_are_graded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [recorded([solve("42")], model=model, success=True) for model in "abc"]
    calls = []
    real = regrade.grade

    def counted(*given: Any) -> Any:
        calls.append(given)
        return real(*given)

    monkeypatch.setattr(regrade, "grade", counted)
    recording = write_recording(tmp_path / "r.parquet", rows)
    path = replay(ReplayConfig(recording, profiles=("strict",)), tmp_path / "out", tell=silent)
    assert len(calls) == 1
    assert (
        len(select(read_results(path), dataset="all", metric="success_rate", condition={"profile": "strict"}))
        == 3
    )


def test_the_folder_of_another_run_is_refused(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "r.parquet", ROWS)
    replay(ReplayConfig(recording, trust_recorded=True), tmp_path / "out", tell=silent)
    with pytest.raises(FolderError, match="another run"):
        replay(ReplayConfig(recording), tmp_path / "out", tell=silent)
    other = write_recording(tmp_path / "other.parquet", ROWS[:1])
    with pytest.raises(FolderError, match="another run"):
        replay(ReplayConfig(other, trust_recorded=True), tmp_path / "out", tell=silent)


def test_nothing_of_what_was_asked_for_is_an_error(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "r.parquet", ROWS)
    with pytest.raises(RecordingError, match="no run of models nobody"):
        replay(ReplayConfig(recording, models=("nobody",)), tmp_path / "out", tell=silent)


def test_the_command_names_its_table_and_says_what_is_wrong(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "r.parquet", ROWS)
    told = CliRunner().invoke(
        app, ["eval", "mint", "--replay", str(recording), "--trust-recorded", "--out", str(tmp_path / "out")]
    )
    assert told.exit_code == 0 and str(tmp_path / "out" / "results.parquet") in told.stdout
    for arguments, words in (
        ([], "name one --model"),
        (["--trust-recorded"], "need --replay"),
        (["--replay", str(tmp_path / "none")], "is not there"),
        (["--replay", str(recording), "--task", "chess"], "no task of MINT"),
        (["--replay", str(recording), "--limit", "3"], "--limit"),
    ):
        told = CliRunner().invoke(app, ["eval", "mint", "--out", str(tmp_path / "new"), *arguments])
        assert told.exit_code == 2 and words in told.stderr, (arguments, told.stderr)


def test_a_killed_replay_goes_on_to_the_same_table(tmp_path: Path) -> None:
    rows = [
        recorded([solve(f"def f(x): return x + {number}")], task="mbpp", task_id=str(number), reference="assert f(0) == 7")
        for number in range(24)
    ]  # fmt: skip
    recording = write_recording(tmp_path / "r.parquet", rows)
    command = [sys.executable, "-m", "windward", "eval", "mint", "--replay", str(recording), "--out"]
    killed = subprocess.Popen(
        [*command, str(tmp_path / "out")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    journal = tmp_path / "out" / "journal.sqlite"
    while killed.poll() is None and not (journal.exists() and _stored(journal) >= 3):
        time.sleep(0.05)
    assert killed.poll() is None, "the run ended before it could be killed"
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert not (tmp_path / "out" / "results.parquet").exists()
    went_on = subprocess.run([*command, str(tmp_path / "out")], capture_output=True, text=True, check=True)
    assert "from the journal" in went_on.stderr
    subprocess.run([*command, str(tmp_path / "whole")], capture_output=True, check=True)
    results = [(tmp_path / name / "results.parquet").read_bytes() for name in ("out", "whole")]
    assert results[0] == results[1]


def _stored(journal: Path) -> int:
    import sqlite3

    try:
        with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as connection:
            return int(connection.execute("SELECT count(*) FROM outcomes").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
