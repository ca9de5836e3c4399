"""`grade_code`: does this code pass these tests?"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import Any

from windward.grading.code import line as lines
from windward.grading.code.benches import run_tests
from windward.grading.fences import python_blocks
from windward.grading.verdict import Verdict
from windward.interpreter import Isolation, Limits, Observation

_CODE_START = re.compile(
    r"\s*(?:def |async def |class |import |from \S+ import |@|#|\"\"\"|'''|[A-Za-z_]\w*\s*=)"
)


def extract_code(response: str) -> str:
    """The code in a response: its first fenced Python block (closed or not), else all of it."""
    if _CODE_START.match(response):
        return response
    blocks = python_blocks(response)
    return blocks[0] if blocks else response


def grade_code(
    solution: str,
    tests: str | Sequence[str],
    limits: Limits | None = None,
    *,
    entry_point: str | None = None,
    setup: str = "",
    isolation: Isolation = "auto",
) -> Verdict:
    """Whether `solution` passes `tests`, each in an interpreter of its own.

    The tests never share a process with the answer: the names of the answer that they use are stand-ins, whose
    calls travel to the answer's interpreter and whose results come back as copies of plain types. So an answer
    cannot read the tests, patch the assertions, end the tests early, or return an object that equals everything.

    Args:
        solution: Python code, or a response that holds it in a fence.
        tests: assertions: a list of texts, or one script; HumanEval's `check(candidate)` is called by itself.
        limits: what the answer may use in all its calls together; its CPU time counts first.
        entry_point: name of the function under test, where the tests do not name it.
        setup: code (imports) that runs before both the answer and the tests.
        isolation: as for `Interpreter`.

    Returns:
        The verdict. Its rule is `tests:3/3`, `tests:1/3 AssertionError`, or the error that kept the tests
        from running: `SyntaxError`, `TimeoutError`, `MemoryError`, … Tests that are broken by themselves
        give status `error`.

    Raises:
        IsolationError: isolation does not work on this machine.
    """
    code = extract_code(solution)
    if not code.strip():
        return Verdict(False, None, "empty", "unparsed")
    limits = limits or Limits()
    task = {
        "code": code,
        "setup": setup,
        "tests": [tests] if isinstance(tests, str) else list(tests),
        "entry_point": entry_point,
    }
    line = lines.Line()
    server = threading.Thread(
        target=lines.serve_answer, args=(line, lines.open_answer(line, limits, isolation)), daemon=True
    )
    server.start()
    try:
        observation = run_tests(line, task, limits, isolation)
    finally:
        line.stop()
    server.join()
    return _verdict(code, line, observation)


def _verdict(code: str, line: lines.Line, observation: Observation) -> Verdict:
    """The verdict of what the tests' side said, or of how it ended without a word."""
    result: dict[str, Any] | None = line.verdict
    if result is None:
        return Verdict(False, code, f"tests: {lines.end_name(observation)}", "error")
    passed, total, why = result["passed"], result["total"], result["why"]
    if result["blame"] == "tests":
        return Verdict(False, code, f"tests: {why}", "error")
    if why == "TimeoutError" and line.ended is not None and line.ended.status == "timeout":
        return Verdict(False, code, "TimeoutError", "timeout")
    if not total:
        return Verdict(False, code, str(why))
    if why is None and passed == total:
        return Verdict(True, code, f"tests:{passed}/{total}")
    return Verdict(False, code, f"tests:{passed}/{total} {why}")
