"""MINT's recorded runs as what trees are mined from: every action with its verdict, every observation without budgets.

A proposal is correct where the recorded verdict and our strict grader both accept it, incorrect where both reject it, and
disputed where they differ (the released graders accept most sentences for option A, and could never pass eleven negative
references). Code problems were judged by tests, which our grader has no say in. Households are left out: what solves them
is all that was done in them, and no one action.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, get_args

from windward.agents import ErrorKind, is_python
from windward.evals.mint.instances import Instance, TaskName, family_of
from windward.evals.mint.observations import recorded_observation
from windward.evals.mint.recorded import COLUMNS, RecordingError, batches, parse_turn
from windward.evals.mint.strict import grade_strict
from windward.models import Message
from windward.recipes.codeact.conversation import without_thought_tags
from windward.recipes.codeact.mint_runs import recorded_run
from windward.recipes.codeact.opening import system_message
from windward.recipes.codeact.runs import Run, RunsError, Turn
from windward.rows import Problem
from windward.trees import RecordedRun, Step, template_critique
from windward.trees.records import Verdict

TURNS, PROPOSALS = 5, 2
"""Every tree's budget: runs of fewer turns took the same first ones."""
CRITICS = ("gpt-4",)
"""Whose feedback is a critique: that of other models was recorded to measure them."""

_WRONG = "Your answer is wrong."
_FEEDBACK, _NO_FEEDBACK = "Expert feedback:\n", "NOT GIVEN"
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")


def mint_runs(
    path: Path, left_out: Counter[str], *, models: Sequence[str] = (), tasks: Sequence[str] = ()
) -> Iterator[RecordedRun]:
    """Streams a recording of MINT.

    Args:
        path: the recording.
        left_out: counts the runs that are not taken, by reason.
        models: only these; all without any.
        tasks: only these; all without any.

    Raises:
        RunsError: the file is no recording, or a row in it is malformed.
    """
    number = 0
    try:
        for batch in batches(path, (*COLUMNS, "instruction"), models, tasks):
            for row in batch.to_pylist():
                number += 1
                if (reason := _unused(row)) is None:
                    yield mint_run(row)
                else:
                    left_out[reason] += 1
    except RecordingError as error:
        raise RunsError(str(error)) from error
    except (KeyError, TypeError, ValueError) as error:
        raise RunsError(f"{path}, run {number}: {type(error).__name__}: {error}") from error


def mint_run(row: Mapping[str, Any]) -> RecordedRun:
    """A row of a recording of MINT as a run to mine from."""
    run, task = recorded_run(row), row["task"]
    coding = family_of(task) == "code_generation"
    reference = str(row["reference"])
    accepts = (
        None if coding else partial(_accepts, task, reference, row["prompt"], row["task_metadata"] or "{}")
    )
    steps = []
    for place, turn in enumerate(run.turns, start=1):
        solved = bool(run.success) and place == len(run.turns)
        kind, content = parse_turn(turn.text)
        verdict: Verdict = "neither"
        if kind == "proposal":
            agreed = accepts is None or content is None or accepts(content) == solved
            judged: Verdict = "correct" if solved else "incorrect"
            verdict = judged if agreed else "disputed"
        elif kind == "invalid" or turn.raised:
            verdict = "incorrect"
        steps.append(_step(turn, content, verdict, coding))
    return RecordedRun(
        problem=Problem(run.problem_id, run.problem, reference, "code" if coding else "math", task),
        opening=_opening(run, coding),
        model=run.model,
        steps=tuple(steps),
        never_score=run.never_score,
    )


def _unused(row: Mapping[str, Any]) -> str | None:
    """Why a run is not taken; None if it is."""
    if row["task"] not in get_args(TaskName):
        raise ValueError(f"{row['task']!r} is no task of MINT")
    if family_of(row["task"]) == "decision_making":
        return "a household, solved by no one action"
    if row["feedback"] in (None, "None", "none"):
        return None
    if not row["feedback"].startswith(CRITICS):
        return "feedback by a model that is no critic"
    if row["feedback_setting"] != "no_GT-textual":
        return "feedback that is no text, or given with the reference in sight"
    return None


def _opening(run: Run, coding: bool) -> tuple[Message, ...]:
    """The instruction, the same for every run on a problem: the format, the task's tools, the problem."""
    tools = () if coding else ("wikipedia_search",)
    system = system_message(tools, turns=TURNS, proposals=PROPOSALS)
    return ({"role": "system", "content": system}, {"role": "user", "content": run.problem})


def _step(turn: Turn, content: str | None, verdict: Verdict, coding: bool) -> Step:
    text, answer = without_thought_tags(turn), turn.kind == "answer"
    observation, feedback = seen(turn.observation)
    if answer:  # of a last answer no observation was recorded
        observation = "" if verdict == "correct" else _WRONG
    error = _error(turn, content) if verdict == "incorrect" else None
    tag = "solution" if answer else "execute"
    return Step(
        text=text,
        kind=turn.kind,
        act=text if content is None else f"<{tag}>\n{content}\n</{tag}>",
        content=text if content is None else content,
        verdict=verdict,
        observation=observation,
        critique=feedback or template_critique(error),
        error_kind=error,
        usable=content is not None
        and not (turn.makes_up or turn.acts_twice)
        and not (coding and answer and not is_python(content)),
    )


def _error(turn: Turn, content: str | None) -> ErrorKind:
    if content is None:
        return "no_code"
    return "wrong" if turn.kind == "answer" else "exception"


def seen(message: str | None) -> tuple[str, str]:
    """What a recorded user message shows and what its expert says, without header, budget and addresses in memory."""
    if message is None:
        return "", ""
    shown = recorded_observation(message)
    _, found, feedback = message.rpartition(_FEEDBACK)
    feedback = feedback.strip() if found else ""
    observation = (message if shown is None else shown).strip()
    return _ADDRESS.sub("0x0", observation), "" if feedback == _NO_FEEDBACK else feedback


@cache
def _accepts(task: str, reference: str, prompt: str, metadata: str, answer: str) -> bool:
    """Whether our strict grader accepts an answer in words."""
    instance = Instance(task, "", prompt, reference, json.loads(metadata))  # type: ignore[arg-type]
    return grade_strict(instance, answer).correct
