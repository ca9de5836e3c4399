"""MBPP: a response defines a function, three assertions test it (Austin et al., 2108.07732)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windward.grading.code.grade import extract_code, grade_code
from windward.grading.verdict import Verdict
from windward.interpreter import Isolation, Limits


def grade_mbpp(
    problem: Mapping[str, Any],
    response: str,
    limits: Limits | None = None,
    *,
    isolation: Isolation = "auto",
) -> Verdict:
    """Whether a response passes every assertion of a problem, in a namespace of its own.

    All of the code counts: its imports and constants too. The imports that the tests name run on both sides.

    Args:
        problem: a row with `test_list`, and `test_imports` or `test_setup_code` where the tests need them.
        response: code, or a response that holds it in a fence.
        limits: as for `grade_code`.
        isolation: as for `Interpreter`.
    """
    setup = "\n".join([*problem.get("test_imports", ()), str(problem.get("test_setup_code") or "")])
    return grade_code(
        extract_code(response), list(problem["test_list"]), limits, setup=setup, isolation=isolation
    )
