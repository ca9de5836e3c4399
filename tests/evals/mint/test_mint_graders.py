"""The released rules with their faults, ours without them, and nothing that a model wrote is evaluated on the host."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import windward.evals.mint as mint
from windward.evals.mint.arithmetic import NoValueError, value_of
from windward.evals.mint.graders import grade
from windward.evals.mint.instances import Instance
from windward.evals.mint.released import grade_released
from windward.evals.mint.strict import grade_strict
from windward.interpreter import Interpreter, IsolationError

CHOICE = "What is it?\nOptions: A ) 6 , B ) 121 , C ) 18107 , D ) none of them"


def instance(task: Any, reference: Any, prompt: str = "") -> Instance:
    return Instance(task, "0", prompt, reference, {})


def both(task: Any, reference: Any, answer: str, prompt: str = "") -> tuple[bool, bool]:
    """By the released rules, and by ours."""
    problem = instance(task, reference, prompt)
    return grade_released(problem, answer).correct, grade_strict(problem, answer).correct


@pytest.mark.parametrize(
    ("reference", "answer", "released", "strict"),
    [
        ("42", "42", True, True),
        ("42", "43", True, False),  # within 5 %
        ("-5.0", "-5", True, True),  # the older released grader compared with a negative band
        ("45000", "45,000", False, True),
        ("120", "120 cubic units", True, True),
        ("120.0", "120 cubic units", False, True),
        ("2304", "James has to pay $2304 a year.", True, True),
        ("12", "The cost is $120.", True, False),  # a part of another number
        ("2304", "2304\n2304", True, False),  # two numbers where one is asked for
        ("45", "27 selfies and 45 portraits", True, False),
        ("0.5", r"\frac{1}{2}", False, True),
        ("5", "x = 5", True, True),
        ("4", "4*pi", True, False),
        ("7", "±7", True, False),
        ("7", "there is no solution", False, False),
    ],
)
def test_numbers(reference: str, answer: str, released: bool, strict: bool) -> None:
    assert both("math", reference, answer) == (released, strict)


@pytest.mark.parametrize(
    ("reference", "answer", "released", "strict"),
    [
        ("c", "C ) 18107", True, True),
        ("c", "D) none, according to Confucius", True, False),  # a `c` somewhere
        ("c", "18107", True, True),
        ("c", "The answer is C", True, True),
        ("b", "The answer is <solution> D", False, False),
        ("d", "C ) 18107\nD ) none of them", True, False),  # two options
        ("b", "120", True, False),  # within 5 % of an option
        ("a", "Option A: 6", True, True),
    ],
)
def test_options(reference: str, answer: str, released: bool, strict: bool) -> None:
    assert both("mmlu", reference, answer, CHOICE) == (released, strict)


@pytest.mark.parametrize(
    ("reference", "answer", "released", "strict"),
    [
        ("1952", "1959", True, False),  # a year within 5 %
        ("no", "They are not.", True, False),  # `no` within `not`
        ("no", "No, they are not.", True, True),
        ("yes", "The answer is: yes.", True, True),
        ("the late 12th Century", "Late 12th century", False, True),
        ("Pedro Rodríguez", "It was Pedro Rodriguez.", False, True),
        ("Venice", "He was born in Venice, Italy", True, True),
        ("Ra", "Iraq", True, False),
    ],
)
def test_words(reference: str, answer: str, released: bool, strict: bool) -> None:
    assert both("hotpotqa", reference, answer) == (released, strict)


@pytest.mark.parametrize(
    ("reference", "answer", "released", "strict"),
    [
        (0.4295, "0.4295704571147613", True, True),
        (0.4295, "0.430", True, True),  # rounded to three digits
        (91.17, "457068079940963/5000000000000", True, False),  # within 4 %
        (1.28e-06, "1.28 × 10^-6 V", False, True),
        (5.65, "5.653 (meters)", True, True),
        (1152, "1152.4", True, False),
        (False, "0", True, False),
        (False, "The answer is False.", True, True),
        ([1, 0], "[0, 1]", True, False),  # sorted before they are compared
        ([-1, 4], "The answer is [-1, 4].", False, True),
        ("d", r"d) $0.5\theta^{-2}$", True, True),
        ("d", "d) $0.5$", False, True),  # the option is taken for a unit before a number
        ("[0, 5]", "[0, 5]", True, True),  # as recordings store it
    ],
)
def test_theorems(reference: Any, answer: str, released: bool, strict: bool) -> None:
    assert both("theoremqa", reference, answer) == (released, strict)


@pytest.mark.parametrize(
    ("text", "value"),
    [("2**10", 1024), (" 1/4", 0.25), ("[1, -2]", [1, -2]), ("(1, 2)", (1, 2)), ("round(2.6)", 3), ("3 > 2", True),
     ("np.sqrt(16)", 4.0), ("'a'", "a")],
)  # fmt: skip
def test_an_expression_is_read_without_being_run(text: str, value: object) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize(
    "text",
    ["__import__('os').system('x')", "().__class__", "open('x')", "9**9**9", "2**(2**20)", "[0]*10**9", "'a'*10**9",
     "1/0", "f'{1}'", "[x for x in range(9)]", "lambda: 1", "a", "", "1;2", "(" * 500, "9" * 6000, "round('x')"],
)  # fmt: skip
def test_anything_else_has_no_value(text: str) -> None:
    with pytest.raises(NoValueError):
        value_of(text)


def test_no_grader_evaluates_text_on_the_host() -> None:
    for path in Path(mint.__file__).parent.glob("*.py"):
        if path.name == "alfworld_inside.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else ""
                assert name not in {"eval", "exec", "compile", "sympify", "parse_expr"}, f"{path}: {name}"


TESTS = "assert f(1) == 2\nassert f(2) == 3"


@pytest.fixture(scope="module")
def isolation() -> None:
    """Skips where the machine allows no isolation."""
    try:
        Interpreter().close()
    except IsolationError as error:
        pytest.skip(f"no isolation here: {error}")


def test_code_is_graded_by_its_tests_inside_the_interpreter(isolation: None) -> None:
    problem = instance("mbpp", TESTS)
    for answer, released, strict in (
        ("def f(x): return x + 1", True, True),
        ("def f(x): return x", False, False),
        ("```python\ndef f(x): return x + 1\n```", False, True),
        ("def f(x): return (", False, False),
        ("class E:\n    def __eq__(self, other): return True\ndef f(x): return E()", True, False),
        ("import os\nos._exit(0)", False, False),
    ):
        verdicts = grade(problem, answer, "released"), grade(problem, answer, "strict")
        assert (verdicts[0].correct, verdicts[1].correct) == (released, strict), (answer, verdicts)


def test_a_profile_or_task_that_nobody_grades_is_refused() -> None:
    with pytest.raises(ValueError, match="no grading profile"):
        grade(instance("math", "1"), "1", "kind")
    with pytest.raises(ValueError, match="alfworld"):
        grade(instance("alfworld", ""), "1", "strict")
