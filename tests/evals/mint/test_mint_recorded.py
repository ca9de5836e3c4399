"""Recorded runs are parsed as the loop that made them parsed them, and a malformed file says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from mint_recording import execute, observe, recorded, solve, write_recording

from windward.evals.mint.recorded import RecordingError, parse_turn, read_recorded


def test_any_opening_solution_tag_makes_a_turn_a_proposal() -> None:
    assert parse_turn("<execute>1</execute> so <solution> 42 </solution>") == ("proposal", "42")
    assert parse_turn("<solution>a</solution> or <solution>\nb</solution>") == ("proposal", "a\nb")
    assert parse_turn("<solution> 42") == ("proposal", None)
    assert parse_turn("<solution>The answer is <solution> 42 </solution>") == (
        "proposal",
        "The answer is <solution> 42",
    )


def test_code_is_what_stands_in_closed_execute_tags() -> None:
    assert parse_turn("<execute> a = 1 </execute>\n<execute>\na\n</execute>") == ("code", "a = 1\na")
    assert parse_turn("<execute> a = 1") == ("invalid", None)
    assert parse_turn("I think it is 42.") == ("invalid", None)


def test_a_run_has_its_turns_with_the_observations_that_were_recorded(tmp_path: Path) -> None:
    row = recorded([execute("6*7"), observe("Out[1]: 42"), "hm", observe("none"), solve("42")], success=True)
    (run,) = read_recorded(write_recording(tmp_path / "r.parquet", [row]))
    assert [turn.kind for turn in run.turns] == ["code", "invalid", "proposal"]
    assert (run.turns[0].observation or "").startswith("Observation:\nOut[1]: 42")
    assert run.turns[2].observation is None
    assert run.run().solved_at == 3 and run.run().invalid == 1 and run.run().proposals == 1


@pytest.mark.parametrize(
    ("turns", "kind"),
    [([solve("41")], "wrong_answer"), (["hm"], "invalid_action"), (["<solution> 4"], "invalid_action"),
     ([execute("1")], "out_of_turns")],
)  # fmt: skip
def test_an_unsolved_run_failed_by_its_last_turn(tmp_path: Path, turns: list[str], kind: str) -> None:
    (run,) = read_recorded(write_recording(tmp_path / "r.parquet", [recorded(turns)]))
    assert run.run().failure == kind


def test_feedback_settings_are_told_apart(tmp_path: Path) -> None:
    rows = [
        recorded([solve("1")], feedback="gpt-4", feedback_setting=setting)
        for setting in ("no_GT-textual", "GT-textual", "no_GT-textual-sparse")
    ]
    settings = [run.setting for run in read_recorded(write_recording(tmp_path / "r.parquet", rows))]
    assert [(s.feedback, s.form, s.with_reference) for s in settings] == [
        ("gpt-4", "textual", False),
        ("gpt-4", "textual", True),
        ("gpt-4", "textual-sparse", False),
    ]


def test_only_the_models_and_tasks_asked_for_are_read(tmp_path: Path) -> None:
    rows = [recorded([solve("1")], model=model, task=task) for model in "ab" for task in ("gsm8k", "math")]
    path = write_recording(tmp_path / "r.parquet", rows)
    found = [(run.model, run.instance.task) for run in read_recorded(path, models=["b"], tasks=["math"])]
    assert found == [("b", "math")]


def test_a_malformed_recording_says_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "r.parquet"
    with pytest.raises(RecordingError, match="is not there"):
        list(read_recorded(path))
    path.write_text("no parquet")
    with pytest.raises(RecordingError, match="no Parquet file"):
        list(read_recorded(path))
    write_recording(path, [recorded([solve("1")])])
    pq.write_table(pq.read_table(path).drop_columns(["success"]), path)
    with pytest.raises(RecordingError, match="columns success are missing"):
        list(read_recorded(path))
    for column, value, told in (
        ("success", None, "no verdict"),
        ("n_tool", None, "no count"),
        ("task", "chess", "'chess'"),
        ("feedback_setting", "loud", "feedback_setting"),
    ):
        write_recording(path, [recorded([solve("1")], feedback="x") | {column: value}])
        with pytest.raises(RecordingError, match=told):
            list(read_recorded(path))
