"""Code answers against their tests, each side in an interpreter of its own."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from windward.grading import extract_code, grade_code
from windward.grading.code import benches
from windward.interpreter import Limits

QUICK = Limits(seconds=5)


def test_right_code_passes_and_the_rule_counts_the_assertions() -> None:
    verdict = grade_code("def f(x):\n    return x + 1", ["assert f(1) == 2", "assert f(2) == 3"], QUICK)
    assert (verdict.correct, verdict.rule, verdict.status) == (True, "tests:2/2", "ok")


def test_a_failed_assertion_does_not_hide_the_others() -> None:
    verdict = grade_code("def f(x): return 1", "assert f(1) == 1\nassert f(2) == 2\nassert f(3) == 1", QUICK)
    assert (verdict.correct, verdict.rule) == (False, "tests:2/3 AssertionError")


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("def f(x:", "SyntaxError"),
        ("import sys\nsys.exit(0)", "SystemExit"),
        ("import os\nos._exit(0)", "Crash"),
        ("raise KeyError('at import')", "KeyError"),
        ("def g(x): return x", "tests:0/1 NameError"),
        ("def f(x): return x + 'a'", "tests:0/1 TypeError"),
    ],
)
def test_the_rule_names_what_went_wrong(code: str, rule: str) -> None:
    verdict = grade_code(code, "assert f(1) == 1", QUICK)
    assert (verdict.correct, verdict.rule, verdict.status) == (False, rule, "ok")


def test_an_endless_loop_is_a_timeout_of_the_answer() -> None:
    verdict = grade_code("def f(x):\n    while True: pass", "assert f(1) == 1", Limits(seconds=0.5))
    assert (verdict.correct, verdict.rule, verdict.status) == (False, "TimeoutError", "timeout")


def test_the_time_limit_covers_all_calls_together() -> None:
    code = "import time\ndef f(x):\n    end = time.process_time() + 0.3\n    while time.process_time() < end: pass\n    return 1"
    assert grade_code(code, ["assert f(1) == 1"] * 40, Limits(seconds=1)).rule == "TimeoutError"


def test_broken_tests_are_not_blamed_on_the_answer() -> None:
    verdict = grade_code("def f(x): return x", "assert f(1", QUICK)
    assert verdict.status == "error" and verdict.rule.startswith("tests: SyntaxError")


def test_an_empty_answer_is_unparsed() -> None:
    assert grade_code("  \n", "assert f(1) == 1").status == "unparsed"


def test_humaneval_style_check_is_called_with_the_entry_point() -> None:
    code = "def helper(x): return -x\ndef f(x): return x\ndef other(x): return helper(x)"
    tests = "def check(candidate):\n    assert candidate(3) == 3"
    assert grade_code(code, tests, QUICK, entry_point="f").correct
    assert not grade_code(code, tests, QUICK, entry_point="helper").correct


def test_a_class_its_methods_and_its_instances_work_from_outside() -> None:
    code = "class Box:\n    size = 2\n    def __init__(self, x): self.x = x\n    def add(self, y): self.x += y; return self.x\n    def __len__(self): return 4\n    def __eq__(self, other): return self.x == other.x"
    tests = "b = Box(1)\nassert b.add(2) == 3\nassert b.x == 3\nassert Box.size == 2\nassert len(b) == 4\nassert isinstance(b, Box)\nassert Box(5) == Box(5)\nassert Box(5) != Box(6)"
    assert grade_code(code, tests, QUICK).rule == "tests:7/7"


def test_linked_nodes_made_by_the_tests_live_at_the_answer() -> None:
    code = "class Node:\n    def __init__(self, val, next=None): self.val, self.next = val, next\ndef last(n):\n    while n.next: n = n.next\n    return n"
    tests = (
        "make = lambda xs: Node(xs[0], make(xs[1:])) if xs else None\nassert last(make([1, 2, 3])).val == 3"
    )
    assert grade_code(code, tests, QUICK).correct


def test_an_exception_arrives_by_its_name() -> None:
    code = "class Odd(ValueError): pass\ndef f(x):\n    if x % 2: raise Odd('odd')\n    return 1 // x"
    tests = (
        "try:\n    f(1)\n    raise SystemError\nexcept Odd as error:\n    assert str(error) == 'odd'\n"
        "try:\n    f(3)\n    raise SystemError\nexcept ValueError:\n    pass\n"
        "try:\n    f(0)\n    raise SystemError\nexcept ZeroDivisionError:\n    pass\n"
    )
    assert grade_code(code, tests, QUICK).correct


def test_a_function_of_the_tests_can_be_passed_in() -> None:
    assert grade_code(
        "def f(g, xs): return [g(x) for x in xs]", "assert f(lambda x: x * 2, [1, 2]) == [2, 4]", QUICK
    ).correct


def test_an_argument_changed_in_place_is_changed_for_the_tests() -> None:
    tests = "xs = [3, 1, 2]\nf(xs)\nassert xs == [1, 2, 3]\ngrid = [[1], [2]]\nrow = grid[0]\ng(grid)\nassert row == [9]"
    assert grade_code("def f(xs): xs.sort()\ndef g(m): m[0][0] = 9", tests, QUICK).correct


def test_a_generator_is_consumed_lazily() -> None:
    tests = "it = f()\nassert next(it) == 0\nassert next(it) == 1\nassert [x for _, x in zip(range(3), it)] == [2, 3, 4]"
    assert grade_code("import itertools\ndef f(): yield from itertools.count()", tests, QUICK).correct


def test_a_coroutine_function_can_be_awaited() -> None:
    assert grade_code(
        "async def f(x): return x", "import asyncio\nassert asyncio.run(f(2)) == 2", QUICK
    ).correct


def test_values_arrive_with_their_exact_types() -> None:
    values = (
        "[None, True, -0.0, float('inf'), 2 ** 70, 10 ** 5000, 1 + 2j, 'ü\\ud800', b'x', (1, (2,)), {1: [2]}, {(1, 2): {3}},"
        " frozenset({1}), range(0, 10, 3), slice(1, 2), c.Counter('aab'), c.OrderedDict(a=1), c.deque([1]), d.date(2024, 1, 2),"
        " d.datetime(2024, 1, 2, 3), d.timedelta(1), De('0.10'), F(1, 3), bytearray(b'y'), int, len]"
    )
    imports = "import collections as c, datetime as d\nfrom decimal import Decimal as De\nfrom fractions import Fraction as F\n"
    tests = f"{imports}want, got = {values}, f()\nassert got == want\nassert [type(x) for x in got] == [type(x) for x in want]"
    assert grade_code(f"{imports}def f(): return {values}", tests, QUICK).rule == "tests:2/2"


def test_setup_runs_before_both_sides() -> None:
    setup = "import math\nfrom typing import *"
    assert grade_code(
        "def f(x: List[int]): return math.sqrt(x[0])", "assert math.isclose(f([4]), 2)", QUICK, setup=setup
    ).correct


def test_set_order_is_the_same_every_time() -> None:
    code = "def f(): return list({'alpha', 'beta', 'gamma', 'delta'})"
    rules = {
        grade_code(code, f"assert f() == {sorted(['alpha', 'beta', 'gamma', 'delta'])}", QUICK).rule
        for _ in range(3)
    }
    assert len(rules) == 1


def test_the_first_fenced_block_is_the_code() -> None:
    assert extract_code("Sure:\n```python\nx = 1\n```\nand\n```\ny\n```") == "x = 1\n"
    assert extract_code("```py\nx = 1") == "x = 1"
    assert extract_code('def f():\n    """\n    ```\n    doc\n    ```\n    """').startswith("def f")


def test_one_grading_leaves_nothing_behind_for_the_next() -> None:
    tests = "import builtins, math\nbuiltins.divmod = max\nmath.pi = 3\nassert divmod(f(7), 2) == 7"
    assert grade_code("def f(x): return x", tests, QUICK).correct
    tests = "import math\nassert divmod(f(7), 2) == (3, 1)\nassert math.pi > 3.1"
    assert grade_code("def f(x): return x", tests, QUICK).rule == "tests:2/2"


def test_tests_that_end_their_process_spoil_no_other_grading() -> None:
    for leaving in ("import os\nos._exit(0)", "import os\nos._exit(3)", "import ctypes\nctypes.string_at(0)"):
        assert grade_code("def f(x): return x", f"{leaving}\nassert f(1) == 1", QUICK).status == "error"
        assert grade_code("def f(x): return x", "assert f(1) == 1", QUICK).correct


def test_gradings_side_by_side_keep_their_verdicts() -> None:
    def correct(number: int) -> bool:
        return grade_code(f"def f(x): return x + {number % 3}", "assert f(1) == 2", QUICK).correct

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(correct, range(24))) == [number % 3 == 1 for number in range(24)]


def test_few_interpreters_are_kept_whatever_the_limits() -> None:
    for number in range(12):
        assert grade_code("def f(x): return x", "assert f(1) == 1", Limits(seconds=5 + number)).correct
    assert 0 < len(benches._idle) <= benches._MAX_IDLE
