"""HumanEval and MBPP: a proposed solution against its tests, always inside the interpreter, under both profiles.

* `released`: the solution and its tests are one program, as the released grader runs them. It is fooled by a solution that
  ends the program or patches what the tests use; inside the interpreter it cannot do more than that.
* `strict`: `windward.grading.grade_code`; the tests run in an interpreter of their own, and a fence around code is taken off.

The interpreter sets PYTHONHASHSEED, so that an answer that depends on the order of a set is judged alike every time, and
limits CPU time rather than wall time, so that a loaded machine fails no good code.
"""

from __future__ import annotations

from windward.agents.actions import is_python
from windward.evals.mint.instances import Instance
from windward.grading import Verdict, extract_code, grade_code
from windward.interpreter import Interpreter, Limits

LIMITS = Limits(seconds=10)
"""As the released grader's, which counts wall time."""


def grade_code_released(instance: Instance, answer: str, limits: Limits = LIMITS) -> Verdict:
    """Whether the solution and the tests, as one program, run to their end.

    Raises:
        IsolationError: isolation does not work on this machine.
    """
    program = f"{answer}\n{instance.reference}"
    if not is_python(program):
        return Verdict(False, answer, "SyntaxError")
    with Interpreter(limits) as python:
        seen = python.run(f"exec({program!r}, {{}})\n'ran to its end'")
    if seen.ok and seen.value == "'ran to its end'":
        return Verdict(True, answer, "ran-to-its-end")
    last = (seen.error or "no end").strip().splitlines()[-1]
    return Verdict(False, answer, last.split(":", 1)[0][:60], "timeout" if seen.status == "timeout" else "ok")


def grade_code_strict(instance: Instance, answer: str, limits: Limits = LIMITS) -> Verdict:
    """Whether the solution passes the tests, which it can neither see nor touch.

    Raises:
        IsolationError: isolation does not work on this machine.
    """
    if answer.strip() and not is_python(extract_code(answer)):
        return Verdict(False, answer, "SyntaxError")
    return grade_code(answer, str(instance.reference), limits)
