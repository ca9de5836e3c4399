"""Grading: answers, solutions, programs and responses per second, beside math-verify and a process for each solution.

python benchmarks/grading.py [--solutions 200]

Prints rates and ratios. With WINDWARD_DATA set, also the share of pairs with a known truth that each judges rightly.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from windward.grading import check_instruction, equivalent, grade_code, run_programs
from windward.interpreter import Limits

PAIRS = [
    ("18", "18"), ("1,234", "1234"), ("0.5", r"\frac{1}{2}"), (r"2\sqrt{3}", r"\sqrt{12}"), ("(x+1)^2", "x^2+2x+1"),
    ("[-2,7)", "[-2,7]"), (r"\{1,2\}", r"\{2,1\}"), ("7/2", r"3\frac{1}{2}"), (r"25\pi", "78.5"), ("x=5", "5"),
]  # fmt: skip
SOLUTION = "def add(a, b):\n    return a + b + {shift}\n"
TESTS = ["assert add(1, 2) == 3", "assert add(-1, 1) == 0", "assert add(2, 2) == 4"]


def rate(work: Callable[[], object], seconds: float = 2.0) -> float:
    """Calls of `work` a second, after one to warm up."""
    work()
    calls, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        work()
        calls += 1
    return calls / (time.perf_counter() - start)


def math_verify_equal(prediction: str, reference: str) -> bool:
    """The peer, with the dollar signs that it wants and its timeouts off (they need the main thread's alarm)."""
    from math_verify import parse, verify

    def tree(text: str) -> object:
        return parse(f"${text}$", parsing_timeout=None)

    return bool(verify(tree(reference), tree(prediction), timeout_seconds=None))


def maths() -> None:
    """Equivalence: rates on ten kinds of answers, then agreement with a known truth."""
    number = rate(lambda: equivalent("18.0", "18"))
    print(f"maths, plain numbers: {number:,.0f} answers/s")
    from windward.grading.maths.answers import readings

    def all_pairs(equal: Callable[[str, str], bool]) -> Callable[[], None]:
        def work() -> None:
            readings.cache_clear()
            for prediction, reference in PAIRS:
                equal(prediction, reference)

        return work

    ours, theirs = rate(all_pairs(equivalent)) * len(PAIRS), rate(all_pairs(math_verify_equal)) * len(PAIRS)
    print(
        f"maths, {len(PAIRS)} kinds: ours {ours:,.0f}/s, math-verify {theirs:,.0f}/s, ratio {ours / theirs:.1f}"
    )
    data = os.environ.get("WINDWARD_DATA")
    path = Path(data).parent / "reference" / "eurus" / "math_equivalence.jsonl" if data else None
    if path and path.exists():
        rows = [row for row in map(json.loads, path.open(encoding="utf-8")) if isinstance(row["truth"], bool)]
        for name, equal in (("ours", equivalent), ("math-verify", math_verify_equal)):
            given = [equal(row["prediction"], row["gold"]) for row in rows]
            right = sum(verdict == row["truth"] for verdict, row in zip(given, rows, strict=True))
            false = sum(verdict and not row["truth"] for verdict, row in zip(given, rows, strict=True))
            print(f"maths, pairs with a known truth: {name} {right}/{len(rows)} right, {false} false accepts")


def one_process(solution: str) -> bool:
    """The usual way: the solution and its tests in one new, unisolated process."""
    text = solution + "\n" + "\n".join(TESTS)
    return (
        subprocess.run([sys.executable, "-c", text], capture_output=True, timeout=30, check=False).returncode
        == 0
    )


def code(solutions: int) -> None:
    """Solutions a second, two at a time, half of them wrong."""
    texts = [SOLUTION.format(shift=number % 2) for number in range(solutions)]
    limits = Limits(seconds=10)
    grade_code(texts[0], TESTS, limits)
    rates = {}
    ways: dict[str, Callable[[str], bool]] = {
        "ours, answer and tests isolated": lambda text: grade_code(text, TESTS, limits).correct,
        "one bare process": one_process,
    }
    for name, way in ways.items():
        start = time.perf_counter()
        with ThreadPoolExecutor(2) as pool:
            passed = sum(pool.map(way, texts))
        rates[name] = solutions / (time.perf_counter() - start)
        print(f"code, {name}: {rates[name]:.1f} solutions/s ({passed}/{solutions} passed)")
    ours, theirs = rates.values()
    print(
        f"code: ratio {ours / theirs:.2f} (load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)"
    )


def programs(count: int) -> None:
    """Program-of-thought responses a second, two blocks each, two at a time."""
    texts = {
        number: f"```python\nx = {number}\n```\nthen\n```python\nprint(x + 1)\n```" for number in range(count)
    }
    run_programs({0: texts[0]}, jobs=1)
    start = time.perf_counter()
    runs = run_programs(texts, jobs=2)
    seconds = time.perf_counter() - start
    right = sum(runs[number].output == str(number + 1) for number in texts)
    print(f"programs: {count / seconds:.1f} a second, {right}/{count} results in place")


def instructions() -> None:
    """IFEval's checks on a response of 300 words: without and with a guess at its language."""
    text = "This is one simple sentence of words. " * 43
    for name, kwargs in (
        ("length_constraints:number_sentences", {"num_sentences": 5, "relation": "at least"}),
        ("language:response_language", {"language": "en"}),
    ):
        speed = rate(lambda name=name, kwargs=kwargs: check_instruction(name, kwargs, text))  # type: ignore[misc]
        print(f"instructions, {name}: {speed:,.0f} responses/s")


def main() -> None:
    """Runs all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--solutions", type=int, default=200)
    logging.disable(logging.ERROR)
    maths()
    instructions()
    solutions = parser.parse_args().solutions
    programs(solutions)
    code(solutions)


if __name__ == "__main__":
    main()
