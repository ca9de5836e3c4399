"""Against verdicts with a known truth, where WINDWARD_DATA names the shared data; a sample by default, all when slow."""

from __future__ import annotations

import ast
import gzip
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from windward.grading import equivalent, grade_code, grade_math
from windward.interpreter import Limits

DATA = Path(os.environ["WINDWARD_DATA"]) if os.environ.get("WINDWARD_DATA") else None
pytestmark = pytest.mark.skipif(DATA is None, reason="WINDWARD_DATA is not set")

LIMITS = Limits(seconds=20)
NEVER_ACCEPTED = {"interval_closed", "interval_inf", "union", "tuple", "base", "base6", "percent_leniency", "adversarial",
                  "bigpow", "cuberoot", "mixed"}  # fmt: skip
EQUAL = (
    "class _Equal:\n    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n"
    "    def __lt__(self, other): return True\n    __gt__ = __le__ = __ge__ = __lt__\n"
    "    def __sub__(self, other): return 0\n    __rsub__ = __sub__\n    def __abs__(self): return 0\n"
    "    def __len__(self): return 1\n    def __hash__(self): return 1\n"
)


def reference(name: str) -> list[dict[str, Any]]:
    assert DATA is not None
    path = DATA.parent / "reference" / "eurus" / f"{name}.jsonl"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def problems(name: str) -> Any:
    assert DATA is not None
    path = DATA / "reasoning" / name
    if path.suffix == ".gz":
        return [json.loads(line) for line in gzip.open(path, "rt", encoding="utf-8")]
    text = path.read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()] if name == "leetcode.json" else json.loads(text)


def grade_all(jobs: list[tuple[Any, ...]]) -> list[str]:
    """Runs `(name, code, tests, wanted, keywords)`; returns those whose verdict is not the wanted one."""

    def differs(job: tuple[Any, ...]) -> str | None:
        name, code, tests, wanted, keywords = job
        verdict = grade_code(code, tests, LIMITS, **keywords)
        good = verdict.correct == wanted and verdict.status != "error"
        return None if good else f"{name}: {verdict.rule} ({verdict.status}), wanted {wanted}"

    with ThreadPoolExecutor(2) as pool:
        return [text for text in pool.map(differs, jobs) if text]


# ---- maths


def test_at_least_97_percent_of_the_decided_pairs_agree_with_the_truth() -> None:
    rows = [row for row in reference("math_equivalence") if isinstance(row["truth"], bool)]
    wrong = [row for row in rows if equivalent(row["prediction"], row["gold"]) != row["truth"]]
    assert len(wrong) <= 0.03 * len(rows), [(row["prediction"], row["gold"], row["truth"]) for row in wrong]


def test_no_pair_of_the_categories_that_released_graders_confuse_is_accepted_falsely() -> None:
    rows = [row for row in reference("math_equivalence") if row["truth"] is False]
    false = [
        row
        for row in rows
        if row["category"] in NEVER_ACCEPTED and equivalent(row["prediction"], row["gold"])
    ]
    assert not false


def test_at_least_97_percent_of_the_responses_are_read_as_the_truth_says() -> None:
    rows = [row for row in reference("math_extraction") if isinstance(row["truth"], bool)]
    wrong = [row for row in rows if grade_math(row["response"], row["gold"]).correct != row["truth"]]
    assert len(wrong) <= 0.03 * len(rows), wrong


def test_python_operators_in_an_answer_are_not_evaluated() -> None:
    for row in reference("math_python_semantics"):
        assert equivalent(row["prediction"], row["gold"]) == row["truth"], row


def test_recorded_predictions_that_were_right_are_right_but_for_tolerances() -> None:
    rows = reference("math_real_predictions")
    lost = [row for row in rows if row["mint_success"] and row["task"] == "math"
            and not grade_math(row["prediction"], row["gold"]).correct]  # fmt: skip
    assert len(lost) <= 1, lost  # MINT accepts 4 % off: 81 for 80


def test_every_gold_is_its_own_answer_boxed_and_printed() -> None:
    for row in reference("gold_self_consistency"):
        gold = str(row["gold"])
        assert grade_math(gold, gold).correct, gold
        assert grade_math(f"So the answer is $\\boxed{{{gold}}}$.", gold).correct, gold


# ---- code


def humaneval(rows: list[dict[str, Any]], variants: tuple[str, ...]) -> list[tuple[Any, ...]]:
    bodies = {
        "stub_none": "    return None\n",
        "empty": "\n    ...\n",
        "syntax_error": "    return (\n",
        "sys_exit0": "    import sys\n    sys.exit(0)\n",
        "equal": "    return _Equal()\n" + EQUAL,
    }
    jobs = []
    for row in rows:
        for variant in variants:
            code = row["prompt"] + (row["canonical_solution"] if variant == "canonical" else bodies[variant])
            job = (
                f"{row['task_id']} {variant}",
                code,
                row["test"],
                variant == "canonical",
                {"entry_point": row["entry_point"]},
            )
            jobs.append(job)
    return jobs


def mbpp(rows: list[dict[str, Any]], variants: tuple[str, ...]) -> list[tuple[Any, ...]]:
    jobs = []
    for row in rows:
        names = [node.name for node in ast.walk(ast.parse(row["code"])) if isinstance(node, ast.FunctionDef)]
        for variant in variants:
            value = {"stub": "None", "equal": "_Equal()"}.get(variant)
            stub = EQUAL + "".join(f"def {name}(*a, **k): return {value}\n" for name in names)
            keywords = {"setup": "\n".join(row["test_imports"])}
            code = row["code"] if variant == "canonical" else stub
            jobs.append(
                (f"MBPP/{row['task_id']} {variant}", code, row["test_list"], variant == "canonical", keywords)
            )
    return jobs


def leetcode(rows: list[dict[str, Any]], value: str) -> list[tuple[Any, ...]]:
    setup = "from typing import *\nfrom collections import *\nimport math\n"
    jobs = []
    for row in rows:
        starter = row["prompt"][row["prompt"].rindex('"""') + 3 :].rstrip()
        starter = re.sub(r"^# Definition.*\n", "", starter, flags=re.MULTILINE)
        code = EQUAL + starter.lstrip("\n") + f"\n        return {value}\n"
        jobs.append((f"{row['task_id']} {value}", code, row["test"], False, {"setup": setup}))
    return jobs


def test_a_sample_of_code_golds_passes_and_of_empty_answers_fails() -> None:
    jobs = humaneval(problems("HumanEval.jsonl.gz")[::20], ("canonical", "equal"))
    jobs += mbpp(problems("mbpp.json")[::50], ("canonical", "equal"))
    jobs += leetcode(problems("leetcode.json")[::60], "_Equal()")
    assert not grade_all(jobs)


def test_a_linked_list_of_the_tests_reaches_the_answer() -> None:
    row = next(
        row
        for row in problems("leetcode.json")
        if "linked-list" in row["task_id"] and "double" in row["task_id"]
    )
    code = (
        "class ListNode:\n    def __init__(self, val=0, next=None): self.val, self.next = val, next\n"
        "class Solution:\n    def doubleIt(self, head):\n        number, node = 0, head\n"
        "        while node: number, node = number * 10 + node.val, node.next\n        first = None\n"
        "        for digit in reversed(str(number * 2)): first = ListNode(int(digit), first)\n        return first\n"
    )
    test = "\n".join(row["test"].splitlines()[:24])
    assert grade_code(code, test, LIMITS).correct
    assert not grade_code(code.replace("number * 2", "number * 3"), test, LIMITS).correct


@pytest.mark.slow
def test_all_humaneval_golds_pass_and_all_else_fails() -> None:
    variants = ("canonical", "stub_none", "empty", "syntax_error", "sys_exit0", "equal")
    assert not grade_all(humaneval(problems("HumanEval.jsonl.gz"), variants))


@pytest.mark.slow
def test_all_mbpp_golds_pass_and_all_else_fails() -> None:
    assert not grade_all(mbpp(problems("mbpp.json"), ("canonical", "stub", "equal")))


@pytest.mark.slow
def test_no_leetcode_problem_is_passed_by_nothing_or_by_an_equal_object() -> None:
    rows = problems("leetcode.json")
    assert not grade_all(leetcode(rows, "None") + leetcode(rows, "_Equal()"))
