"""The environment of a turn: runs an action, grades it, and says what the model is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from windward.agents.actions import Action, is_python, parse_action
from windward.agents.blocks import closed
from windward.agents.turns import ErrorKind, Turn
from windward.interpreter import Interpreter, Observation
from windward.models import Reply
from windward.rows import Problem


class Judgement(Protocol):
    """What a grader says of an answer (`windward.grading.Verdict` is one)."""

    @property
    def correct(self) -> bool:
        """Whether the answer is right."""

    @property
    def extracted(self) -> str | None:
        """The answer as read; None if none could be."""

    @property
    def rule(self) -> str:
        """The rule that decided."""

    @property
    def status(self) -> str:
        """`ok`, or why there is no judgement: `unparsed`, `timeout`, `error`."""


Grade = Callable[[Problem, str], Judgement]
"""Judges an answer to a problem; called in a thread, as it may run tests."""

SHOWN_CHARS = 300
"""An observation is cut to so many characters in what the model is told."""

_CRITIQUES: dict[ErrorKind, str] = {
    "no_code": "No code was found. Write the solution as one Python block.",
    "syntax": "The code is not valid Python. Write it again without the mistake.",
    "exception": "The code stopped with an error. Correct that line and write the code again.",
    "timeout": "The code took too long. Write a simpler one.",
    "unparsed": "The code showed no answer. Print the answer at the end.",
    "wrong": "That is not the right answer. Read the question again, check each number and each step, "
    "and write new code.",
}
_CODE_CRITIQUE = "The function does not return what is asked for. Read the task again and write new code."


async def take_turn(problem: Problem, reply: Reply, interpreter: Interpreter, grade: Grade) -> Turn:
    """Runs the action of `reply` in `interpreter` and grades what it shows.

    The answer to a `code` problem is the code itself; to the others it is the last line that the code printed
    or showed.
    """
    action = parse_action(reply.text)
    runnable = action.code is not None and is_python(action.code)
    observation = await interpreter.arun(action.code) if action.code and runnable else None
    answer = _answer(problem, action, observation)
    judged = await asyncio.to_thread(grade, problem, answer) if answer is not None else None
    correct = judged is not None and judged.correct
    shown = observation.text if observation is not None else ""
    if action.code is not None and not runnable:
        shown = "SyntaxError: the code does not parse"
    return Turn(
        action=closed(reply.text),
        code=action.code,
        observation=shown,
        status=observation.status if observation is not None else "none",
        answer=judged.extracted if judged is not None else None,
        correct=correct,
        rule=judged.rule if judged is not None else "no answer",
        error_kind=None if correct else _error_kind(action, runnable, observation, judged),
        completion_tokens=reply.usage.completion_tokens,
    )


def feedback(problem: Problem, turn: Turn) -> str:
    """What the model is told after an incorrect turn: the observation, and a critique by kind of error."""
    kind = turn.error_kind or "wrong"
    critique = _CODE_CRITIQUE if problem.kind == "code" and kind == "wrong" else _CRITIQUES[kind]
    shown = turn.observation.strip()
    if len(shown) > SHOWN_CHARS:
        shown = f"{shown[: SHOWN_CHARS // 2]} … {shown[-SHOWN_CHARS // 2 :]}"
    return f"Output: {shown}\n{critique}" if shown else critique


def _answer(problem: Problem, action: Action, observation: Observation | None) -> str | None:
    if action.answer is not None:
        return action.answer
    if observation is None or not observation.ok:
        return None
    if problem.kind == "code":
        return action.code
    lines = [
        line
        for text in (observation.stdout, observation.value)
        if text
        for line in text.splitlines()
        if line.strip()
    ]
    return lines[-1].strip() if lines else None


def _error_kind(
    action: Action, runnable: bool, observation: Observation | None, judged: Judgement | None
) -> ErrorKind:
    if action.kind == "none":
        return "no_code"
    if action.kind == "code" and not runnable:
        return "syntax"
    if observation is not None and not observation.ok:
        return "timeout" if observation.status == "timeout" else "exception"
    if judged is None or judged.status in ("unparsed", "error"):
        return "unparsed"
    return "timeout" if judged.status == "timeout" else "wrong"
