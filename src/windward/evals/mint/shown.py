"""A few recorded runs with all that was recorded of them, for a page to show: drawn by a hash, never picked by hand."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from windward.evals.mint.metrics import LEVELS
from windward.evals.mint.recorded import COLUMNS, RecordedRun, batches, recorded_of
from windward.evals.mint.runs import Run
from windward.grading import Verdict

EACH = 2
"""Runs drawn of one ending, with feedback and without."""
_KINDS = {"proposal": "solution", "code": "execute", "invalid": "invalid"}
_FEEDBACK = "\nExpert feedback:\n"

Said = Callable[[int, int], Mapping[str, Verdict]]
"""What the graders said of a proposal: place of the run, turn (from 1)."""


def shown_runs(
    recording: Path,
    runs: Sequence[Run],
    said: Said | None = None,
    *,
    models: Sequence[str] = (),
    tasks: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Some of the runs of a recording, as lines of `runs.jsonl` hold runs; each proposal with the verdict of every grader.

    Args:
        recording: the file.
        runs: all runs that were read of it, in its order.
        said: of proposals that were graded again.
        models: that the recording was read for.
        tasks: that it was read for.
    """
    places = drawn(runs)
    found: dict[int, dict[str, Any]] = {}
    start = 0
    for batch in batches(recording, COLUMNS, models, tasks):
        for place in places:
            if start <= place < start + batch.num_rows:
                (row,) = batch.slice(place - start, 1).to_pylist()
                found[place] = _shown(row, recorded_of(row), place, said)
        start += batch.num_rows
    return [found[place] for place in places]


def drawn(runs: Sequence[Run]) -> list[int]:
    """Places of a few runs of each ending, with and without feedback, of the paper's largest budget where there is one."""
    budgets = {run.setting.max_turns for run in runs}
    k = max(LEVELS) if max(LEVELS) in budgets else max(budgets, default=0)
    counts: Counter[tuple[str, bool]] = Counter()
    places = []
    for place in sorted(range(len(runs)), key=_lot):
        run = runs[place]
        kind = (_ending(run), run.setting.feedback != "none")
        if run.setting.max_turns == k and counts[kind] < EACH:
            counts[kind] += 1
            places.append(place)
    return sorted(places)


def _lot(place: int) -> bytes:
    return hashlib.sha256(str(place).encode()).digest()


def _ending(run: Run) -> str:
    if run.solved_at is not None:
        return "first" if run.solved_at == 1 else "later"
    return "error" if run.error else run.failure or ""


def _shown(row: dict[str, Any], record: RecordedRun, place: int, said: Said | None) -> dict[str, Any]:
    replies = [message["content"] for message in row["messages"] if message["role"] == "assistant"]
    turns = []
    for number, (turn, reply) in enumerate(zip(record.turns, replies, strict=True), start=1):
        shown, mark, feedback = (turn.observation or "").partition(_FEEDBACK)
        right = record.success and number == len(record.turns)
        verdicts: dict[str, Any] = {}
        if turn.kind == "proposal":
            verdicts["recorded"] = {"correct": right}
            verdicts |= {
                name: asdict(verdict) for name, verdict in (said(place, number) if said else {}).items()
            }
        turns.append(
            {
                "reply": reply,
                "kind": _KINDS[turn.kind],
                "action": turn.text,
                "observation": None if turn.observation is None else shown,
                "solved": right,
                "verdicts": verdicts,
                "feedback": {"raw": feedback, "shown": feedback} if mark else None,
            }
        )
    return {
        "run": asdict(record.run()),
        "instance": asdict(record.instance),
        "episode": {"opening": [], "turns": turns, "error": record.error},
    }
