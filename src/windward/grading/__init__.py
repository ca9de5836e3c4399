"""The grading room: is this answer right, and by which rule."""

from windward.grading.bbh import grade_bbh
from windward.grading.choices import extract_choice, grade_choice
from windward.grading.code.grade import extract_code, grade_code
from windward.grading.code.humaneval import grade_humaneval
from windward.grading.code.leetcode import grade_leetcode
from windward.grading.code.mbpp import grade_mbpp
from windward.grading.ifeval.check import PromptCheck, check_instruction, check_prompt
from windward.grading.maths.extract import extract_math
from windward.grading.maths.grade import equivalent, grade_math
from windward.grading.programs import ProgramRun, grade_program, run_program, run_programs
from windward.grading.theoremqa.grade import grade_theoremqa
from windward.grading.truths import extract_truth, grade_truth
from windward.grading.verdict import Verdict

__all__ = [
    "ProgramRun",
    "PromptCheck",
    "Verdict",
    "check_instruction",
    "check_prompt",
    "equivalent",
    "extract_choice",
    "extract_code",
    "extract_math",
    "extract_truth",
    "grade_bbh",
    "grade_choice",
    "grade_code",
    "grade_humaneval",
    "grade_leetcode",
    "grade_math",
    "grade_mbpp",
    "grade_program",
    "grade_theoremqa",
    "grade_truth",
    "run_program",
    "run_programs",
]
