"""One door to both rules: ours, and the released one with its faults."""

from __future__ import annotations

from typing import Any, Literal, get_args

from windward.evals.tooluse.m3.literals import python_literal
from windward.evals.tooluse.m3.load import M3Task
from windward.evals.tooluse.m3.strict import grade_strict
from windward.grading import Verdict

Profile = Literal["strict", "released"]
PROFILES: tuple[Profile, ...] = get_args(Profile)


def grade(task: M3Task, answer: str, profile: str = "strict") -> Verdict:
    """Whether an answer to a task is right, by our rule or by the released one.

    Args:
        task: the task.
        answer: what stands after `Answer:`.
        profile: `strict` or `released`.

    Raises:
        ValueError: there is no such profile.
    """
    if profile not in PROFILES:
        raise ValueError(f"no grading profile {profile!r}; there are {', '.join(PROFILES)}")
    return grade_strict(task, answer) if profile == "strict" else grade_released(task, answer)


def grade_released(task: M3Task, answer: str) -> Verdict:
    """Whether the released grader accepts an answer: what M3ToolEval's published figures rest on.

    Both sides are made a number, an integer before a float, and compared: a reference of 161.25 becomes 161, so `161` is
    right, and so is `161.0`. Else the answer, read as a Python literal where it is one, must print exactly as the
    reference does: a last digit, a space in a list, a capital or a full stop too many is wrong. Between these stands a
    comparison of literals that lacks an operator: it always raises, the error is swallowed, and lists are never compared.
    A list, tuple or dict makes the first comparison raise already, so that theirs must be written as Python prints them.
    """
    text, wanted = answer.strip(), task.expected
    if isinstance(wanted, list | tuple | dict):
        return Verdict(text == str(wanted), text, "as-printed")
    if text == wanted or _number_or_text(text) == _number_or_text(wanted):
        return Verdict(True, text, "as-number" if not isinstance(wanted, str) else "equal")
    try:
        shown = str(python_literal(text))
    except ValueError:
        shown = text
    return Verdict(shown == str(wanted), text, "as-printed")


def _number_or_text(value: Any) -> Any:
    for kind in (int, float):
        try:
            return kind(value)
        except (ValueError, OverflowError):
            continue
    return value
