"""Recorded actions run again: what they showed is read without its frame, and compared with what they show now."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from mint_recording import execute, observe, recorded, solve, write_recording

from windward.evals.mint.observations import Expected, compare, expectation, recorded_observation
from windward.evals.mint.recorded import RecordingError
from windward.evals.mint.reexecute import ReexecuteConfig, reexecute, run_again
from windward.interpreter import Interpreter, IsolationError, Observation
from windward.rows import read_results, select

TRACEBACK = (
    "-"
    * 75
    + "\nValueError                                Traceback (most recent call last)\nCell In[1], line 1\n"
    "----> 1 int('x')\n\nValueError: invalid literal for int() with base 10: 'x'"
)
SILENCE = "[Executed Successfully with No Output]"


@pytest.fixture(scope="module")
def isolation() -> None:
    """Skips where the machine allows no isolation."""
    try:
        Interpreter().close()
    except IsolationError as error:
        pytest.skip(f"no isolation here: {error}")


def test_an_observation_is_read_without_header_budget_and_feedback() -> None:
    message = observe("Out[1]: 42") + "\nExpert feedback:\nYou have 4 steps left."
    assert recorded_observation(message) == "Out[1]: 42"
    assert recorded_observation("Your answer is wrong.") is None


@pytest.mark.parametrize(
    ("observation", "expected"),
    [
        (SILENCE, Expected("no_output")),
        ("Out[3]: 42", Expected("text", "42")),
        ("a\nOut[1]: \n[1,\n 2]", Expected("text", "a\n[1,\n 2]")),
        (TRACEBACK, Expected("error", "ValueError: invalid literal for int() with base 10: 'x'")),
        ("ValueError: only printed", Expected("text", "ValueError: only printed")),
        ("1\n2...\n[Output Truncated]\n", Expected("text", "1\n2", cut=True)),
        (
            TRACEBACK[:170] + "...\n[Output Truncated]\n",
            Expected("error", "ValueError                                Traceback (most recent call last)", cut=True),
        ),
    ],
)  # fmt: skip
def test_what_an_observation_says(observation: str, expected: Expected) -> None:
    assert expectation(observation) == expected


def test_observations_are_compared_letter_by_letter_and_what_differs_in_form_is_told_apart() -> None:
    assert compare(Observation(stdout="42\n"), Expected("text", "42")) == "same"
    assert compare(Observation(stdout="43\n"), Expected("text", "42")) == "differs"
    assert compare(Observation(value="[1, 2]"), Expected("text", "[1,\n 2]")) == "same but for form"
    ours, theirs = (
        "ImportError: cannot import name 'a' from 'b' (/x/b.py)",
        "ImportError: cannot import name 'a' from 'b' (/y)",
    )
    assert compare(Observation(error=ours), Expected("error", theirs)) == "same but for form"
    assert compare(Observation(stdout="12345"), Expected("text", "123", cut=True)) == "same"
    assert compare(Observation(error="f\nValueError: x"), Expected("error", "ValueError: x")) == "same"
    assert compare(Observation(error="f\na.b.Own: x"), Expected("error", "Own: x")) == "same but for form"
    assert (
        compare(Observation(error="f\nValueError: y"), Expected("error", "ValueError: x"))
        == "same error in other words"
    )
    assert compare(Observation(error="f\nTypeError: x"), Expected("error", "ValueError: x")) == "differs"
    assert compare(Observation(stdout="x"), Expected("error", "ValueError: x")) == "differs"
    assert compare(Observation(stdout="1"), Expected("no_output")) == "differs"


def test_actions_of_a_run_share_their_interpreter(isolation: None) -> None:
    steps = run_again(
        [("x = 6", SILENCE), ("x * 7", "Out[2]: 42"), ("int('x')", TRACEBACK), ("print(x)", "7")]
    )
    assert [step["match"] for step in steps] == ["same", "same", "same", "differs"]


def test_nothing_is_compared_after_a_call_of_a_tool(isolation: None) -> None:
    steps = run_again([("1", "Out[1]: 1"), ("a = wikipedia_search('x')", SILENCE), ("print(a)", "x")])
    assert [step["match"] for step in steps] == ["same"]


def test_the_table_counts_steps_by_outcome(isolation: None, tmp_path: Path) -> None:
    rows = [
        recorded([execute("1 + 1"), observe("Out[1]: 2"), execute("print(3)"), observe("4"), solve("2")]),
        recorded([execute("1 + 1"), observe("Out[1]: 2"), execute("print(3)"), observe("4")], model="twin"),
        recorded([solve("2")], task_id="1"),
    ]
    recording = write_recording(tmp_path / "r.parquet", rows)
    told: list[str] = []
    path = reexecute(ReexecuteConfig(recording), tmp_path / "out", tell=told.append)
    assert told == ["1 different runs with 2 actions to run again"]
    found = select(read_results(path), dataset="all", metric="reexecute_match", condition={"kind": "any"})
    assert {row.condition["match"]: (row.value, row.n) for row in found} == {
        "same": (0.5, 2), "differs": (0.5, 2), "same but for form": (0.0, 2), "same error in other words": (0.0, 2)
    }  # fmt: skip
    (differs,) = [
        row
        for row in pq.read_table(tmp_path / "out" / "reexecuted.parquet").to_pylist()
        if row["match"] == "differs"
    ]
    assert (differs["recorded"], differs["ours"]) == ("4", "3")


def test_a_recording_without_code_is_refused(tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "r.parquet", [recorded([solve("2")])])
    with pytest.raises(RecordingError, match="no code action"):
        reexecute(ReexecuteConfig(recording), tmp_path / "out", tell=lambda line: None)
