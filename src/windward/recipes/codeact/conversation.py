"""A kept run as a row: our system message, the thought tags gone, and which messages are learnt."""

from __future__ import annotations

import re
from typing import Literal

from windward.recipes.codeact.runs import Run, Turn
from windward.rows import TrajectoryRow

Learn = Literal["good", "all"]
"""Whose messages are learnt in a kept run.

* `good`: those of turns with an action that was read, code that did not raise, an answer that was not rejected. The others
  stay in the conversation, so that the repair after them is learnt and the mistake is not.
* `all`: every message of the agent, as the paper trains.
"""

_THOUGHT = re.compile(r"<thought>\s*|\s*</thought>")


def row_of(run: Run, learn: Learn = "good") -> TrajectoryRow:
    """The row of a run."""
    messages, learnt = [], []
    for role, content in (("system", run.system), ("user", run.problem)):
        if content or role == "user":
            messages.append({"role": role, "content": content})
            learnt.append(False)
    for turn in run.turns:
        messages.append({"role": "assistant", "content": without_thought_tags(turn)})
        learnt.append(learn == "all" or turn.good)
        if turn.observation is not None:
            messages.append({"role": "user", "content": turn.observation})
            learnt.append(False)
    return TrajectoryRow(
        messages=messages,
        learn=learnt,
        id=run.id,
        problem_id=run.problem_id,
        source=run.source,
        model=run.model,
        turns=len(run.turns),
        recovered=run.recovered,
        never_score=list(run.never_score),
    )


def without_thought_tags(turn: Turn) -> str:
    """What the agent wrote, the thought itself kept and its tags gone, as the paper's transform does."""
    return _THOUGHT.sub("", turn.text).strip()
