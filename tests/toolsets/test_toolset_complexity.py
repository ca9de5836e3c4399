"""Cyclomatic complexity: hand-counted functions, and the published means of the released libraries."""

import os
from pathlib import Path

import pytest

from windward.toolsets.complexity import Complexity, complexities, mean_complexity
from windward.toolsets.released import DOMAINS, LIBRARY, read_tools


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("pass", 1),
        ("with x: y()", 1),
        ("assert x", 1),
        ("if x: pass\n elif y: pass\n else: pass", 3),
        ("while x: pass\n else: pass", 2),
        ("return 1 if x else 2", 2),
        ("return x and y and z or w", 4),
        ("return [y for y in x if y if y > 1 for z in y]", 5),
        ("return sorted(x, key=lambda y: y or 0)", 2),
        ("try: pass\n except KeyError: pass\n except (OSError, ValueError): pass\n else: pass\n finally: pass", 4),
        ("match x:\n  case 1: pass\n  case [a, b] if a and b: pass\n  case _: pass", 6),
    ],
)  # fmt: skip
def test_a_function_has_one_and_one_more_for_each_decision(body: str, value: int) -> None:
    assert complexities(f"def f(x):\n {body}\n") == [("f", value)]


def test_decisions_in_the_arguments_count_and_those_of_a_decorator_do_not() -> None:
    assert complexities("@(a or b)\ndef f(x=1 or 2): pass\n") == [("f", 2)]


def test_what_an_inner_function_decides_is_counted_there_alone() -> None:
    code = "def outer(x):\n    def inner():\n        return 1 if x else 2\n    if x: return inner\n    return x\n"
    assert complexities(code) == [("outer", 2), ("inner", 2)]


def test_methods_are_functions_too_and_code_outside_of_functions_is_not_counted() -> None:
    code = "if x: pass\nclass K:\n    def m(self):\n        for i in self: pass\nasync def f(): pass\n"
    assert complexities(code) == [("m", 2), ("f", 1)]


def test_a_text_that_does_not_parse_is_counted_and_adds_no_function() -> None:
    codes = ["def f(:", "def f(x): return x or 1", "def f(): pass", "x = 1"]
    assert mean_complexity(codes) == Complexity(mean=1.5, functions=2, unread=1)
    assert mean_complexity([]) == Complexity(mean=None, functions=0, unread=0)


def test_a_very_deep_text_is_counted_without_recursion() -> None:
    code = "def f(x):\n return " + "not " * 150 + "x\n" + " if x: pass\n" * 5000
    assert complexities(code) == [("f", 5001)]


@pytest.mark.skipif("WINDWARD_DATA" not in os.environ, reason="needs WINDWARD_DATA")
@pytest.mark.parametrize(
    ("domain", "total", "functions", "published"), [("math", 387, 288, 1.34), ("tables", 373, 180, 2.07)]
)
def test_the_released_libraries_have_the_published_complexity(
    domain: str, total: int, functions: int, published: float
) -> None:
    tools = read_tools(Path(os.environ["WINDWARD_DATA"]) / "craft" / DOMAINS[domain] / LIBRARY)
    found = mean_complexity(tool.code for tool in tools)
    assert found == Complexity(total / functions, functions, 0)
    assert round(total / functions, 2) == published
