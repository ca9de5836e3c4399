"""A reply is judged by the rules of its benchmark: every rule is `windward.grading`'s, chosen here by kind and mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from windward.evals.reasoning.items import Item, Mode
from windward.evals.reasoning.prompts import messages
from windward.grading import (
    ProgramRun,
    Verdict,
    check_prompt,
    grade_bbh,
    grade_humaneval,
    grade_leetcode,
    grade_math,
    grade_mbpp,
    grade_program,
    grade_theoremqa,
    run_program,
)
from windward.grading.maths.released import extract_released
from windward.grading.policies import Policy
from windward.interpreter import Limits

PROGRAM = Limits(seconds=10)
"""What a program whose output is the answer may use."""


@dataclass(frozen=True)
class Graded:
    """A verdict by each policy asked for.

    Attributes:
        verdicts: by policy.
        parts: of instructions, by policy: which ones are followed, `strict` and `loose`.
    """

    verdicts: Mapping[str, Verdict]
    parts: Mapping[str, Mapping[str, Sequence[bool]]] = field(default_factory=dict)


def run_limited(response: str) -> ProgramRun:
    """Runs the program of a reply under the limits of this suite."""
    return run_program(response, PROGRAM)


def grade_item(
    item: Item,
    mode: Mode,
    response: str,
    policies: Sequence[Policy] = ("strict",),
    *,
    program: Callable[[str], ProgramRun] = run_limited,
) -> Graded:
    """Judges a reply. Code of it runs in the interpreter, once for all policies.

    By our rules a prompt that is sent back at the head of a reply is no part of the answer. Under both policies code is
    judged by tests alone and a program runs as a notebook does, so there the policies differ only in how an answer is read.

    Args:
        item: the problem.
        mode: how it was asked.
        response: the reply.
        policies: by whose rules.
        program: runs the program of a reply.

    Raises:
        IsolationError: code cannot be isolated on this machine.
    """
    if item.kind == "instructions":
        return _instructions(item, response, policies)
    if item.kind in ("humaneval", "mbpp", "leetcode"):
        verdict = _code(item, response)
        return Graded(dict.fromkeys(policies, verdict))
    if mode == "pot":
        run = program(response)
        return Graded({policy: grade_program(run, partial(_answer, item, policy)) for policy in policies})
    return Graded(
        {
            policy: _answer(item, policy, own_words(item, mode, response) if policy == "strict" else response)
            for policy in policies
        }
    )


def own_words(item: Item, mode: Mode, response: str) -> str:
    """The reply without the prompt at its head, where it sends it back."""
    for asked in (messages(item, mode)[-1]["content"], item.prompt):
        if response.strip().startswith(asked.strip()):
            return response.strip()[len(asked.strip()) :]
    return response


def _answer(item: Item, policy: Policy, text: str) -> Verdict:
    if item.kind == "theorem":
        # The release reads the answer out of a response as it does for maths, and grades that.
        read = extract_released(text) if policy == "released" else text
        return grade_theoremqa(read, item.reference, item.meta["answer_type"], policy)
    if item.kind == "bbh":
        return grade_bbh(text, item.reference, policy)
    return grade_math(text, item.reference, policy)


def _code(item: Item, response: str) -> Verdict:
    problem: dict[str, Any] = {"task_id": item.id, "prompt": item.prompt, **item.meta}
    if item.kind == "humaneval":
        return grade_humaneval(problem, response)
    return grade_mbpp(problem, response) if item.kind == "mbpp" else grade_leetcode(problem, response)


def _instructions(item: Item, response: str, policies: Sequence[Policy]) -> Graded:
    verdicts: dict[str, Verdict] = {}
    parts: dict[str, dict[str, list[bool]]] = {}
    for policy in policies:
        found = check_prompt(
            item.meta["instructions"], item.meta["kwargs"], response, item.prompt, policy=policy
        )
        rule = f"loose:{sum(found.loose)}/{len(found.loose)}"
        read = response.strip()
        verdicts[policy] = Verdict(
            found.loose_prompt, None, rule if read else "empty", "ok" if read else "unparsed"
        )
        parts[policy] = {"strict": list(found.strict), "loose": list(found.loose)}
    return Graded(verdicts, parts)
