"""The grading room: is this answer right, and by which rule."""

from windward.grading.code.grade import extract_code, grade_code
from windward.grading.ifeval.check import PromptCheck, check_instruction, check_prompt
from windward.grading.maths.answers import equivalent
from windward.grading.maths.extract import extract_math
from windward.grading.maths.grade import grade_math
from windward.grading.verdict import Verdict

__all__ = [
    "PromptCheck",
    "Verdict",
    "check_instruction",
    "check_prompt",
    "equivalent",
    "extract_code",
    "extract_math",
    "grade_code",
    "grade_math",
]
