"""Code graders on the data sets themselves, where WINDWARD_DATA names the shared data; a sample by default, all when slow."""

from __future__ import annotations

import ast
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from leetcode_solutions import BODIES
from shared_rows import needs_data, problems, reference

from windward.grading import Verdict, grade_humaneval, grade_leetcode, grade_mbpp
from windward.interpreter import Limits

pytestmark = needs_data

LIMITS = Limits(seconds=20)
EQUAL = (
    "class _Equal:\n    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n"
    "    def __lt__(self, other): return True\n    __gt__ = __le__ = __ge__ = __lt__\n"
    "    def __sub__(self, other): return 0\n    __rsub__ = __sub__\n    def __abs__(self): return 0\n"
    "    def __len__(self): return 1\n    def __hash__(self): return 1\n"
)
BODY = {
    "stub_none": "    return None\n",
    "empty": "\n    ...\n",
    "syntax_error": "    return (\n",
    "infinite_loop": "    while True: pass\n",
    "sys_exit0": "    import sys\n    sys.exit(0)\n",
    "assert_bypass_eq": "    return _Equal()\n\n" + EQUAL,
}
RIGHT = {"canonical", "reemit_full_function", "clean_namespace_truth", "own_reference"}

Job = tuple[str, Callable[..., Verdict], dict[str, Any], str, bool]


def wrong_verdicts(jobs: list[Job], limits: Limits = LIMITS) -> list[str]:
    """The jobs whose verdict is not the wanted one."""

    def differs(job: Job) -> str | None:
        name, grade, problem, response, wanted = job
        verdict = grade(problem, response, limits)
        good = verdict.correct == wanted and verdict.status != "error"
        return None if good else f"{name}: {verdict.rule} ({verdict.status}), wanted {wanted}"

    with ThreadPoolExecutor(2) as pool:
        return [text for text in pool.map(differs, jobs) if text]


def humaneval(step: int, variants: set[str]) -> list[Job]:
    rows = {row["task_id"]: row for row in problems("HumanEval.jsonl.gz")[::step]}
    jobs: list[Job] = []
    for told in reference("humaneval_verdicts"):
        row, variant = rows.get(told["task_id"]), told["variant"]
        if row is None or variant not in variants:
            continue
        response = BODY.get(variant, row["canonical_solution"])
        if variant == "reemit_full_function":
            response = f"Here it is:\n```python\n{row['prompt']}{row['canonical_solution']}```\nDone."
        jobs.append((f"{row['task_id']} {variant}", grade_humaneval, row, response, variant in RIGHT))
    return jobs


def mbpp(step: int, variants: set[str]) -> list[Job]:
    jobs: list[Job] = []
    for row in problems("mbpp.json")[::step]:
        names = [node.name for node in ast.walk(ast.parse(row["code"])) if isinstance(node, ast.FunctionDef)]
        for variant in sorted(variants):
            value = {"stub": "None", "equal": "_Equal()"}.get(variant)
            stub = EQUAL + "".join(f"def {name}(*a, **k): return {value}\n" for name in names)
            response = f"```python\n{stub if value else row['code']}\n```"
            jobs.append((f"MBPP/{row['task_id']} {variant}", grade_mbpp, row, response, value is None))
    return jobs


def leetcode(rows: list[dict[str, Any]], body: Callable[[dict[str, Any]], str], wanted: bool) -> list[Job]:
    return [(row["task_id"], grade_leetcode, row, body(row), wanted) for row in rows]


def solved(rows: list[dict[str, Any]]) -> list[Job]:
    return leetcode([row for row in rows if row["title"] in BODIES], lambda row: BODIES[row["title"]], True)


def equal(row: dict[str, Any]) -> str:
    starter = row["prompt"][row["prompt"].rindex('"""') + 3 :].rstrip()
    return f"```python\n{EQUAL}{starter}\n        return _Equal()\n```"


def test_a_sample_of_code_golds_passes_and_of_empty_answers_fails() -> None:
    jobs = humaneval(20, {"canonical", "reemit_full_function", "assert_bypass_eq"})
    jobs += mbpp(50, {"clean", "equal"})
    rows = problems("leetcode.json")
    jobs += leetcode(rows[::60], equal, False) + solved(rows)[::8]
    assert not wrong_verdicts(jobs)


@pytest.mark.slow
def test_every_humaneval_verdict_is_the_truth() -> None:
    variants = {"canonical", "reemit_full_function", *BODY} - {"infinite_loop"}
    jobs = humaneval(1, variants)
    assert len(jobs) == 164 * 7
    assert not wrong_verdicts(jobs)
    assert not wrong_verdicts(humaneval(1, {"infinite_loop"}), Limits(seconds=1))


@pytest.mark.slow
def test_every_mbpp_verdict_is_the_truth() -> None:
    jobs = mbpp(1, {"clean", "stub", "equal"})
    assert len(jobs) == 399 * 3
    assert not wrong_verdicts(jobs)


@pytest.mark.slow
def test_every_leetcode_verdict_is_the_truth() -> None:
    rows = problems("leetcode.json")
    jobs = leetcode(rows, equal, False) + leetcode(rows, lambda _: "return None", False) + solved(rows)
    assert len(jobs) == 2 * 180 + len(BODIES)
    assert not wrong_verdicts(jobs)
