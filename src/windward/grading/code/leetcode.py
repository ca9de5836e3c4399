"""LeetCode's problems as the Eurus suite asks them: a class with one method, about a hundred assertions."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from importlib import resources
from typing import Any

from windward.grading.code.grade import extract_code, grade_code
from windward.grading.verdict import Verdict
from windward.interpreter import Isolation, Limits

HEADER = """\
import bisect, collections, copy, functools, heapq, itertools, math, operator, random, re, string, sys
from bisect import bisect_left, bisect_right, insort
from collections import Counter, OrderedDict, defaultdict, deque
from functools import cache, cmp_to_key, lru_cache, reduce
from heapq import heapify, heappop, heappush, heappushpop, nlargest, nsmallest
from itertools import accumulate, chain, combinations, count, cycle, groupby, islice, pairwise, permutations, product
from math import ceil, comb, factorial, floor, gcd, inf, isqrt, lcm, log, log2, sqrt
from typing import Any, Dict, Iterable, Iterator, List, Optional, Set, Tuple, Union
"""
"""What the site imports for every solution."""

ANY_ANSWER = {
    "find-indices-with-index-and-value-difference-i": "index_pair",
    "find-indices-with-index-and-value-difference-ii": "index_pair",
    "divide-array-into-arrays-with-max-difference": "triples",
    "longest-unequal-adjacent-groups-subsequence-i": "alternating_words",
    "longest-unequal-adjacent-groups-subsequence-ii": "stepping_words",
    "double-modular-exponentiation": "any_order",
    "find-the-peaks": "any_order",
    "find-words-containing-character": "any_order",
    "high-access-employees": "any_order",
}
"""Problems, by title, whose statement allows several answers, and the check of `any_answer.py` for each."""

LIMITS = Limits(seconds=10)

_ASSERT = re.compile(r"^assert (my_solution\.\w+)\(\*\*test_input\) == (.+)$", re.MULTILINE)
_LINKED = re.compile(r"^class (?:ListNode|TreeNode)\b.*?(?=^class Solution)", re.MULTILINE | re.DOTALL)


def grade_leetcode(
    problem: Mapping[str, Any],
    response: str,
    limits: Limits | None = None,
    *,
    isolation: Isolation = "auto",
) -> Verdict:
    """Whether a response solves a LeetCode problem: every assertion holds.

    The site's usual imports are there, and the node class that a starter defines. Where the statement allows several
    answers, each that fulfils it passes.

    Args:
        problem: a row with `title` (or `task_id`), `prompt` (it ends with the starter class) and `test`.
        response: a response with a fenced block, or code: a class, a method, or the body of the starter's method.
        limits: as for `grade_code`; 10 s of CPU time unless told.
        isolation: as for `Interpreter`.
    """
    code = complete(str(problem["prompt"]), extract_code(response))
    tests = accepting(str(problem.get("title") or problem["task_id"]), str(problem["test"]))
    return grade_code(code, tests, limits or LIMITS, setup=HEADER, isolation=isolation)


def complete(prompt: str, code: str) -> str:
    """`code` with what it leaves out of the starter: node classes, the class line, the method line."""
    if not code.strip():
        return code
    starter = prompt[prompt.rfind('"""') + 3 :]
    nodes = _LINKED.search(starter)
    missing = nodes.group() if nodes and nodes.group().split(":")[0] not in code else ""
    if re.search(r"^class Solution\b", code, re.MULTILINE):
        return missing + code
    if re.search(r"^def \w+\(self\b", code, re.MULTILINE):
        return f"{missing}class Solution:\n{textwrap.indent(code, '    ')}"
    head = starter[starter.find("class Solution") :].rstrip()
    return f"{missing}{head}\n{textwrap.indent(textwrap.dedent(code), ' ' * 8)}"


def accepting(title: str, test: str) -> list[str]:
    """The tests, with comparisons replaced by a check where several answers are right."""
    name = next(
        (check for key, check in ANY_ANSWER.items() if title == key or title.endswith(f"-{key}")), None
    )
    if name is None:
        return [test]
    checks = resources.files("windward.grading.code").joinpath("any_answer.py").read_text("utf-8")
    copied = _ASSERT.sub(rf"assert {name}(\1(**_copied(test_input)), (\2), **test_input)", test)
    return [f"{checks}\nfrom copy import deepcopy as _copied\n", copied]
