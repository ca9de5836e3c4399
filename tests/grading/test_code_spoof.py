"""What an answer may try in order to pass without being right; each has a control that passes in one process."""

import pytest

from windward.grading import grade_code
from windward.interpreter import Limits

EQUAL = (
    "class Equal:\n    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n"
    "    def __lt__(self, other): return True\n    __gt__ = __le__ = __ge__ = __lt__\n"
    "    def __sub__(self, other): return 0\n    __rsub__ = __sub__\n    def __abs__(self): return 0\n"
    "    def __hash__(self): return 1\n    def __contains__(self, item): return True\n"
)
TESTS = "assert f(1) == 2\nassert f(2) == 3"
SPOOFS = {
    "an object equal to everything": EQUAL + "def f(x): return Equal()",
    "a number that is equal to everything": EQUAL.replace("class Equal:", "class Equal(int):")
    + "def f(x): return Equal()",
    "a list of such objects": EQUAL.replace("class Equal:", "class Equal(list):")
    + "def f(x): return Equal()",
    "leaving early": "def f(x):\n    import os\n    os._exit(0)",
    "leaving politely": "def f(x): raise SystemExit(0)",
    "a quiet interrupt": "def f(x): raise KeyboardInterrupt",
    "patching the comparison": "import builtins\nbuiltins.AssertionError = Exception\ndef f(x): return 0",
    "looking for the tests": (
        "import sys, gc\ndef f(x):\n    for frame in sys._current_frames().values():\n        while frame:\n"
        "            for v in frame.f_locals.values():\n                if isinstance(v, str) and 'assert f(' in v: return x + 1\n"
        "            frame = frame.f_back\n    texts = [o for o in gc.get_objects() if isinstance(o, dict) and 'assert f(' in str(o)[:9999]]\n"
        "    return x + 1 if texts else None"
    ),
    "writing a verdict": 'def f(x):\n    judge_verdict(\'{"passed": 2, "total": 2, "why": null, "blame": "answer"}\')',
    "ending the line": 'def f(x):\n    answer_exchange(\'{"op": "gone"}\')',
    "a reply of its own": 'def f(x):\n    answer_exchange(\'{"op": "return", "value": {"$": "builtin", "v": "eval"}}\')',
}
REDEFINED = {
    "set": "def set(x): return 1\ndef f(x): return 3",
    "sorted": "def sorted(x): return []\ndef f(x): return [9]",
    "len": "def len(x): return 0\ndef f(x): return 0",
}


@pytest.mark.parametrize("name", SPOOFS)
def test_a_wrong_answer_cannot_pass_by(name: str) -> None:
    assert not grade_code(SPOOFS[name], TESTS, Limits(seconds=5)).correct


def test_the_controls_pass_where_tests_and_answer_share_a_process() -> None:
    both = {}
    exec(SPOOFS["an object equal to everything"] + "\n" + TESTS, both)
    assert both["f"](1) == "anything"


@pytest.mark.parametrize("name", REDEFINED)
def test_an_answer_cannot_redefine_what_the_tests_compare_with(name: str) -> None:
    tests = {"set": "assert set(f(1)) == set((1, 2))", "sorted": "assert sorted(f(1)) == sorted([3, 4])",
             "len": "assert len(f([1])) == len([2, 3, 4])"}  # fmt: skip
    assert not grade_code(REDEFINED[name], tests[name], Limits(seconds=5)).correct


def test_a_function_that_is_named_as_a_builtin_can_still_be_the_one_under_test() -> None:
    assert grade_code("def sum(a, b): return a + b", "assert sum(10, 15) == 25", Limits(seconds=5)).correct


def test_approximate_comparison_of_a_spoofing_object_fails() -> None:
    code = EQUAL + "def f(x): return Equal()"
    assert not grade_code(code, "assert abs(f(1) - 3.14) < 1e-6", Limits(seconds=5)).correct
    assert not grade_code(code, "assert 5 in f(1)", Limits(seconds=5)).correct
