"""Recorded actions of MINT runs give their recorded observations.

The records hold, for each step, what an IPython shell showed. Text, silence and the last line of an error are compared
letter by letter. Two differences of form are not of substance, and cannot be had without IPython itself: it lays out a
long echoed list over several lines, where we show its `repr`; and a run that its own alarm cut off is recorded by the
head of a traceback, where we name the limit.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from windward.interpreter import Interpreter, Limits, Observation

_DATA = os.environ.get("WINDWARD_DATA")
_PAIRS = Path(_DATA).parent / "reference/mint/interpreter_pairs.jsonl" if _DATA else None
pytestmark = pytest.mark.skipif(
    _PAIRS is None or not _PAIRS.exists(),
    reason="WINDWARD_DATA names no folder with the recorded runs beside it",
)


def trajectories() -> list[dict[str, Any]]:
    if _PAIRS is None or not _PAIRS.exists():
        return []
    return [json.loads(line) for line in _PAIRS.read_text(encoding="utf-8").splitlines()]


def same(out: Observation, expected: dict[str, Any]) -> bool:
    if expected["kind"] == "no_output":
        return out.text == ""
    if expected["kind"] == "text":
        return out.text == expected["text"]
    return last_line(out) == expected["error_line"]


def same_but_for_form(out: Observation, expected: dict[str, Any]) -> bool:
    if expected["kind"] == "text":
        text = expected["text"].strip()
        return text[:1] + text[-1:] in ("[]", "()", "{}") and out.text.split() == text.split()
    return expected["kind"] == "error" and all(
        line.startswith("TimeoutError") for line in (last_line(out), expected["error_line"])
    )


def last_line(out: Observation) -> str:
    return ((out.error or "").splitlines() or [""])[-1]


def limits(trajectory: dict[str, Any]) -> Limits:
    """A run that was cut off by its alarm would be cut off by any: do not wait long for it."""
    cut_off = any("TimeoutError" in str(step["expected"]) for step in trajectory["steps"])
    return Limits(seconds=3 if cut_off else 30)


@pytest.mark.parametrize("trajectory", trajectories(), ids=lambda t: t["id"])
def test_a_recorded_trajectory_gives_its_recorded_observations(isolation, trajectory):
    with Interpreter(limits(trajectory)) as py:
        for step in trajectory["steps"]:
            out = py.run(step["code"])
            if step["expected"] is not None:
                exact = same(out, step["expected"])
                assert exact or same_but_for_form(out, step["expected"]), (
                    step["step"],
                    step["expected"],
                    out,
                )
                (letter_by_letter if exact else but_for_form).append((trajectory["id"], step["step"]))


letter_by_letter: list[tuple[str, int]] = []
but_for_form: list[tuple[str, int]] = []


def test_every_recorded_step_was_compared_and_two_differ_in_form(isolation, request):
    """Runs last; says how many there are."""
    expected = [(t["id"], s["step"]) for t in trajectories() for s in t["steps"] if s["expected"] is not None]
    selected = {item.callspec.id for item in request.session.items if hasattr(item, "callspec")}
    if not {t["id"] for t in trajectories()} <= selected:
        pytest.skip("only some of the trajectories were asked for")
    print(
        f"recorded steps: {len(letter_by_letter)} of {len(expected)} letter by letter; in form: {but_for_form}"
    )
    assert sorted(letter_by_letter + but_for_form) == sorted(expected)
    assert expected and len(but_for_form) <= 2
