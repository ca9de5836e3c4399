"""HumanEval, MBPP and LeetCode: responses as models write them, problems of our own."""

from __future__ import annotations

import pytest

from windward.grading import grade_humaneval, grade_leetcode, grade_mbpp
from windward.grading.code.any_answer import (
    alternating_words,
    any_order,
    index_pair,
    stepping_words,
    triples,
)
from windward.interpreter import Limits

QUICK = Limits(seconds=5)
ROOTS = {
    "prompt": 'import math\n\n\ndef half(x):\n    return x / 2\n\n\ndef root(x):\n    """The root of half of x."""\n',
    "entry_point": "root",
    "test": "def check(candidate):\n    assert candidate(8) == 2\n    assert candidate(18) == 3\n",
}


@pytest.mark.parametrize(
    "response",
    [
        "    return math.sqrt(half(x))\n",
        "return math.sqrt(half(x))",
        "y = half(x)\n    return math.sqrt(y)",
        "if x < 0:\n    return None\nreturn math.sqrt(half(x))",
        "def root(x):\n    return math.sqrt(half(x))",
        "Here:\n```python\ndef root(x):\n    return math.sqrt(half(x))\n```\nIt is short.",
        "```python\nimport math\n\ndef half(y): return y / 2\n\ndef root(x):\n    return math.sqrt(half(x))\n\nprint(root(2))\n```",
    ],
)
def test_a_humaneval_response_is_a_body_or_a_function(response: str) -> None:
    assert grade_humaneval(ROOTS, response, QUICK).correct


@pytest.mark.parametrize(
    "response", ["    return None\n", "\n    ...\n", "    return (\n", "    import sys\n    sys.exit(0)\n"]
)
def test_a_humaneval_body_without_the_answer_fails(response: str) -> None:
    assert not grade_humaneval(ROOTS, response, QUICK).correct


def test_an_empty_response_is_unparsed() -> None:
    assert grade_humaneval(ROOTS, "", QUICK).status == "unparsed"
    assert grade_mbpp({"test_list": ["assert f(1)"]}, " ", QUICK).status == "unparsed"


def test_mbpp_keeps_imports_constants_and_namespaces_apart() -> None:
    problem = {
        "test_list": ["assert math.isclose(area(2), 12.56, rel_tol=0.01)", "assert sum([1, 2]) == 3"],
        "test_imports": ["import math"],
    }
    code = "from math import pi as PI\nSCALE = 1.0\ndef area(r):\n    return SCALE * PI * r ** 2\ndef sum(x):\n    return 0\n"
    assert grade_mbpp(problem, f"```python\n{code}```", QUICK).rule == "tests:2/2"
    assert not grade_mbpp(problem, code.replace("r ** 2", "r"), QUICK).correct
    assert not grade_mbpp(problem, "def other(r): pass", QUICK).correct


PEAKS = {
    "title": "find-the-peaks",
    "prompt": '"""\nThe peaks, in any order.\n"""\nclass Solution:\n    def peaks(self, heights: List[int]) -> List[int]:\n        ',
    "test": 'my_solution = Solution()\n\ntest_input = { "heights": [1, 4, 1, 5, 2] }\nassert my_solution.peaks(**test_input) == [1,3]\n',
}
BODY = "found = deque(i for i in range(1, len(heights) - 1) if heights[i - 1] < heights[i] > heights[i + 1])\nreturn sorted(found, reverse=True)"


@pytest.mark.parametrize(
    "response",
    [
        BODY,
        "def peaks(self, heights):\n    " + BODY.replace("\n", "\n    "),
        "```python\nclass Solution:\n    def peaks(self, heights: List[int]) -> List[int]:\n        "
        + BODY.replace("\n", "\n        ") + "\n```",
    ],
)  # fmt: skip
def test_a_leetcode_response_is_a_class_a_method_or_a_body(response: str) -> None:
    assert grade_leetcode(PEAKS, response, QUICK).rule == "tests:1/1"
    assert not grade_leetcode({**PEAKS, "title": "one-order-only"}, response, QUICK).correct


def test_an_answer_cannot_pass_by_changing_the_input_that_it_is_checked_against() -> None:
    problem = {
        "title": "divide-array-into-arrays-with-max-difference",
        "prompt": PEAKS["prompt"],
        "test": 'my_solution = Solution()\ntest_input = { "nums": [1, 2, 2], "k": 1 }\nassert my_solution.divideArray(**test_input) == [[1,2,2]]',
    }
    code = "class Solution:\n    def divideArray(self, nums, k):\n        nums[:] = [7, 7, 7]\n        return [[7, 7, 7]]"
    assert not grade_leetcode(problem, code, QUICK).correct
    assert grade_leetcode(problem, code.replace("[[7, 7, 7]]", "[[2, 1, 2]]"), QUICK).correct


def test_a_node_class_of_the_starter_need_not_be_repeated() -> None:
    node = "class ListNode:\n    def __init__(self, val=0, next=None):\n        self.val = val\n        self.next = next\n"
    problem = {
        "title": "last",
        "prompt": f'"""\nThe last value.\n"""\n{node}class Solution:\n    def last(self, head: Optional[ListNode]) -> int:\n        ',
        "test": "my_solution = Solution()\nassert my_solution.last(ListNode(1, ListNode(2))) == 2",
    }
    code = "class Solution:\n    def last(self, head: Optional[ListNode]) -> int:\n        while head.next: head = head.next\n        return head.val"
    assert grade_leetcode(problem, code, QUICK).correct
    assert grade_leetcode(problem, node + code, QUICK).correct


def test_the_checks_of_any_answer_accept_each_valid_one_and_no_other() -> None:
    assert any_order([2, 1], [1, 2]) and not any_order([1, 1], [1, 2]) and not any_order((1, 2), [1, 2])
    pair = {"nums": [5, 1, 4, 1], "indexDifference": 2, "valueDifference": 4}
    assert index_pair([3, 0], [0, 3], **pair) and index_pair([0, 3], [0, 3], **pair)
    assert not any(
        index_pair(wrong, [0, 3], **pair) for wrong in ([0, 1], [0, 4], [-1, -1], [True, 3], [0, 3, 3], None)
    )
    assert index_pair([-1, -1], [-1, -1], **pair) and not index_pair([0, 3], [-1, -1], **pair)
    assert triples([[3, 2, 4], [1, 1, 1]], [[1, 1, 1], [2, 3, 4]], [1, 2, 3, 4, 1, 1], 2)
    assert not triples([[1, 2, 3], [4, 1, 1]], [[1, 1, 1], [2, 3, 4]], [1, 2, 3, 4, 1, 1], 2)
    assert not triples([[1, 1, 1]], [], [1, 1, 1], 2) and triples([], [], [1, 9, 1], 2)
    words = {"n": 3, "words": ["bab", "dab", "cab"], "groups": [1, 2, 2]}
    assert stepping_words(["bab", "cab"], ["bab", "dab"], **words)
    assert not stepping_words(["cab", "bab"], ["bab", "dab"], **words)
    assert not stepping_words(["dab", "cab"], ["bab", "dab"], **words)
    assert not alternating_words(["bab"], ["bab", "dab"], **words)
