"""Grades an answer by the kind of its problem."""

from __future__ import annotations

from windward.grading.code.grade import grade_code
from windward.grading.maths.grade import grade_math
from windward.grading.verdict import Verdict
from windward.rows import Problem


def grade_answer(problem: Problem, answer: str) -> Verdict:
    """Whether `answer` is right: by the tests for `code`, by value for `math` and `table`."""
    if problem.kind == "code":
        return grade_code(answer, problem.reference)
    return grade_math(answer, problem.reference)
