"""Recorded actions of MINT runs give their recorded observations.

The records hold, for each step, what an IPython shell showed. Compared are: text without `Out[n]:` and trailing
blanks; silence; and of an error its last line. Three differences of form are not of substance: IPython lays out a
long echoed list over several lines, prints `AssertionError:` with a colon where there is no message, and was cut
off by an alarm of its own (the record's last line is then the head of its traceback).
"""

from __future__ import annotations

import json
import os
import re
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


def matches(out: Observation, expected: dict[str, Any]) -> bool:
    if expected["kind"] == "no_output":
        return out.text.strip() == ""
    if expected["kind"] == "text":
        return words(out.text) == words(expected["text"])
    return last_line(out.error or "") == last_line(expected["error_line"])


def words(text: str) -> str | list[str]:
    """Lines without trailing blanks; a text that is one bracketed echo, as its words, whatever its layout."""
    text = re.sub(r"^Out\[\d+\]: ?", "", text.strip(), flags=re.MULTILINE).strip()
    if text[:1] + text[-1:] in ("[]", "()", "{}"):
        return text.split()
    return [line.rstrip() for line in text.splitlines()]


def last_line(error: str) -> str:
    line = (error.strip().splitlines() or [""])[-1].strip()
    line = re.sub(r"\s+Traceback \(most recent call last\)$", "", line)
    if line.startswith("TimeoutError"):
        return "TimeoutError"
    line = re.sub(r" \(/.*\)$", "", line)  # where a module lies that cannot give a name
    return line.removesuffix(":")


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
                assert matches(out, step["expected"]), (step["step"], step["expected"], out)
                tally.append(step["expected"]["kind"])


tally: list[str] = []


def test_every_recorded_step_was_compared(isolation, request):
    """Runs last; says how many there are of each kind."""
    expected = [
        s["expected"]["kind"] for t in trajectories() for s in t["steps"] if s["expected"] is not None
    ]
    selected = {item.callspec.id for item in request.session.items if hasattr(item, "callspec")}
    if not {t["id"] for t in trajectories()} <= selected:
        pytest.skip("only some of the trajectories were asked for")
    counts = {kind: (tally.count(kind), expected.count(kind)) for kind in sorted(set(expected))}
    print(f"recorded steps matched: {len(tally)}/{len(expected)} {counts}")
    assert len(tally) == len(expected) > 0
