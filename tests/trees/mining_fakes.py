"""Recorded runs made by hand, in the neutral form that trees are mined from."""

from __future__ import annotations

from windward.rows import Problem
from windward.trees import RecordedRun, Step
from windward.trees.critique import template_critique

OPENING = ({"role": "system", "content": "Work in turns."}, {"role": "user", "content": "What is 2 + 3?"})


def problem(name: str = "p1") -> Problem:
    return Problem(name, "What is 2 + 3?", "5", "math", "adding")


def right(answer: str = "5", thought: str = "") -> Step:
    return _answer(answer, thought, correct=True)


def wrong(answer: str = "6", thought: str = "", critique: str = "") -> Step:
    return _answer(answer, thought, correct=False, critique=critique)


def _answer(answer: str, thought: str, *, correct: bool, critique: str = "") -> Step:
    act = f"<solution>\n{answer}\n</solution>"
    return Step(
        text=f"{thought}\n{act}".strip(),
        kind="answer",
        act=act,
        content=answer,
        verdict="correct" if correct else "incorrect",
        observation="" if correct else "Your answer is wrong.",
        critique="" if correct else critique or template_critique("wrong"),
        error_kind=None if correct else "wrong",
    )


def ran(code: str = "print(1)", shown: str = "1", thought: str = "") -> Step:
    act = f"<execute>\n{code}\n</execute>"
    return Step(f"{thought}\n{act}".strip(), "code", act, code, "neither", shown)


def run(model: str, *steps: Step, name: str = "p1") -> RecordedRun:
    return RecordedRun(problem(name), OPENING, model, steps, ("mint",))
