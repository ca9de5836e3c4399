"""Program-of-thought answers: what a response's code shows, and whose result it is."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from windward.grading import grade_math, grade_program, run_program, run_programs
from windward.interpreter import Limits

QUICK = Limits(seconds=2)


def fenced(*blocks: str, language: str = "python") -> str:
    return "Let us compute.\n" + "\nthen\n".join(f"```{language}\n{block}\n```" for block in blocks)


@pytest.mark.parametrize(
    ("response", "output", "rule"),
    [
        (fenced("x = 1\nx + 1"), "2", "shown"),
        (fenced("x = 1\nprint(x)\n# done"), "1", "shown"),
        (fenced("for i in range(2):\n    print(i)"), "0\n1", "shown"),
        (fenced("x = 5"), "5", "assigned"),
        (fenced("x: float = 2.5  # metres"), "2.5", "assigned"),
        (fenced("x = 7", "print(x)"), "7", "shown"),
        (fenced("x = 7\nx", "y = x + 1"), "7", "shown"),
        (fenced("'a word'"), "a word", "shown"),
        (fenced("if True:\n    x = 3"), None, "nothing"),
        (fenced("def f():\n    return 3"), None, "nothing"),
        (fenced("print(7)", "print(y)"), None, "NameError"),
        (fenced("1 / 0", "print(7)"), "7", "shown"),
        (fenced("print(3)\nimport sys\nsys.exit(1)"), None, "SystemExit"),
        (fenced("x = input()\nprint(x)"), None, "EOFError"),
        (fenced("while True: pass"), None, "TimeoutError"),
        ("I use ```py\nprint(7)\n```", "7", "shown"),
        ("```python\nprint(3)", "3", "shown"),
        (fenced("print(3)") + "\nOutput:\n```\n4\n```\nThe answer is \\boxed{5}", "3", "shown"),
        (fenced("print(3)", language=""), "3", "shown"),
        ("print(3)", "3", "shown"),
        ("The answer is 3.", None, "SyntaxError"),
        ("", None, "nothing"),
    ],
)
def test_the_answer_is_what_the_program_shows_last(response: str, output: str | None, rule: str) -> None:
    run = run_program(response, QUICK)
    assert (run.output, run.rule) == (output, rule)


def test_sixty_programs_of_mixed_runtimes_keep_their_own_results() -> None:
    source = random.Random(7)
    programs = {}
    for number in range(60):
        nap = f"import time\ntime.sleep({source.random() / 5})\n" if number % 2 else ""
        programs[f"item {number}"] = fenced(f"{nap}print({number})")
    runs = run_programs(programs, QUICK, jobs=4)
    assert list(runs) == list(programs)
    assert [run.output for run in runs.values()] == [str(number) for number in range(60)]


def test_two_programs_share_nothing() -> None:
    runs = run_programs({1: fenced("x = 1\nprint(x)"), 2: fenced("print(x)")}, QUICK, jobs=1)
    assert runs[1].output == "1"
    assert (runs[2].output, runs[2].rule) == (None, "NameError")


def test_a_program_is_graded_by_its_output_and_a_failed_one_is_unparsed() -> None:
    right = grade_program(
        run_program(fenced("from sympy import *\nsqrt(12)")), lambda text: grade_math(text, "2\\sqrt{3}")
    )
    assert right.correct
    failed = grade_program(run_program(fenced("1 / 0")), lambda text: grade_math(text, "0"))
    assert (failed.correct, failed.rule, failed.status) == (False, "program:ZeroDivisionError", "unparsed")
    late = grade_program(
        run_program(fenced("while True: pass"), Limits(seconds=0.5)), lambda text: grade_math(text, "0")
    )
    assert late.status == "timeout"


def test_a_program_reaches_nothing_of_the_host(tmp_path: Path) -> None:
    target = tmp_path / "written"
    run_program(
        fenced(f"import os\nos.system('touch {target}')\nopen({str(target)!r}, 'w').write('x')"), QUICK
    )
    assert not target.exists()
