"""Recorded actions of MINT runs give their recorded observations.

The records hold, for each step, what an IPython shell showed; `windward.evals.mint.observations` compares, and says which
differences are of form and not of substance; two of these steps have one.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from windward.evals.mint.observations import Expected, compare
from windward.interpreter import Interpreter, Limits

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


def expected(step: dict[str, Any]) -> Expected:
    return Expected(step["kind"], step.get("text") or step.get("error_line") or "")


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
                match = compare(out, expected(step["expected"]))
                assert match in ("same", "same but for form"), (step["step"], step["expected"], out)
                place = (trajectory["id"], step["step"])
                (letter_by_letter if match == "same" else but_for_form).append(place)


letter_by_letter: list[tuple[str, int]] = []
but_for_form: list[tuple[str, int]] = []


def test_every_recorded_step_was_compared_and_two_differ_in_form(isolation, request):
    """Runs last; says how many there are."""
    compared = [(t["id"], s["step"]) for t in trajectories() for s in t["steps"] if s["expected"] is not None]
    selected = {item.callspec.id for item in request.session.items if hasattr(item, "callspec")}
    if not {t["id"] for t in trajectories()} <= selected:
        pytest.skip("only some of the trajectories were asked for")
    print(
        f"recorded steps: {len(letter_by_letter)} of {len(compared)} letter by letter; in form: {but_for_form}"
    )
    assert sorted(letter_by_letter + but_for_form) == sorted(compared)
    assert compared and len(but_for_form) <= 2
