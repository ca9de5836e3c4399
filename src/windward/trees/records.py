"""What trees are mined from: runs that somebody recorded, in a form that knows no benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from windward.agents import ErrorKind
from windward.models import Message
from windward.rows import Problem

Verdict = Literal["correct", "incorrect", "neither", "disputed"]
"""What is known of an action.

* `correct`: it handed in an answer that every judge accepts.
* `incorrect`: it handed in an answer that no judge accepts, or did something that failed.
* `neither`: it did something without an error and handed nothing in.
* `disputed`: judges disagree, or none spoke. What follows it in its run is not used: it was told what may be untrue.
"""


@dataclass(frozen=True)
class Step:
    """One recorded action.

    Attributes:
        text: all that the model wrote.
        kind: it ran code, handed in an answer, or did nothing that could be read.
        act: what it did, without the thoughts around it, as deeper turns see it. With `observation` and `critique` it
            makes the history: two runs that did and saw the same stand at the same place, whatever they thought.
        content: the code or the answer alone.
        verdict: see `Verdict`.
        observation: what was shown for it, without anything that depends on the model or its budget.
        critique: what was said of it beside that.
        error_kind: why it is incorrect.
        usable: whether it may be chosen or rejected: well-formed and, where it is code, Python.
    """

    text: str
    kind: Literal["code", "answer", "invalid"]
    act: str
    content: str
    verdict: Verdict
    observation: str = ""
    critique: str = ""
    error_kind: ErrorKind | None = None
    usable: bool = True


@dataclass(frozen=True)
class RecordedRun:
    """One recorded run.

    Attributes:
        problem: what was asked; runs on problems of one id make one tree.
        opening: the instruction as messages, the same for all runs on the problem.
        model: who acted.
        steps: in order.
        never_score: benchmarks that the problem stands in.
    """

    problem: Problem
    opening: tuple[Message, ...]
    model: str
    steps: tuple[Step, ...]
    never_score: tuple[str, ...] = ()


def told(step: Step) -> str:
    """What deeper turns are told after a step: what was shown, then the critique."""
    parts = (f"Observation:\n{step.observation}" if step.observation else "", step.critique)
    return "\n\n".join(part for part in parts if part)
