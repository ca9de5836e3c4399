"""MINT replay: recorded runs graded again per minute, for tasks answered in words and for code, with isolation on.

python benchmarks/mint.py [--model NAME ...]

With WINDWARD_DATA set, the runs are recorded ones: all of the five tasks in words, and the code runs of --model, read from
Parquet, graded under both profiles and kept in a journal, as `windward eval mint --replay` does. Without it they are made up.
The released grader itself is not on the package index, so there is no peer that runs the same rows. What there is beside
ours is the way that it grades code, one bare and unisolated process a solution, on solutions that this file makes up: code
that a model wrote is never run outside the interpreter, here neither.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from windward.evals.mint.code_tasks import grade_code_released, grade_code_strict
from windward.evals.mint.graders import PROFILES
from windward.evals.mint.instances import Instance, TaskName
from windward.evals.mint.recorded import RecordedRun, RecordedTurn, read_recorded
from windward.evals.mint.regrade import collect, regrade
from windward.evals.mint.runs import Setting
from windward.interpreter import Interpreter
from windward.journal import FILE_NAME, Journal, run

WORDS: tuple[TaskName, ...] = ("gsm8k", "math", "mmlu", "hotpotqa", "theoremqa")
CODE: tuple[TaskName, ...] = ("humaneval", "mbpp")
TARGETS = {"words": 5_000, "code": 600}
SOLUTION = "def add(a, b):\n    return a + b + {shift}\n"
TESTS = "assert add(1, 2) == 3\nassert add(-1, 1) == 0\nassert add(2, 2) == 4"


def made_up(task: TaskName, runs: int) -> Iterator[RecordedRun]:
    """Runs of one proposal each, every third of them different, half of them right."""
    for number in range(runs):
        shift = number // 3
        answer = (
            SOLUTION.format(shift=shift % 2 * shift)
            if task in CODE
            else f"The answer is {shift % 2 * shift}."
        )
        instance = Instance(task, str(number % 50), "", TESTS if task in CODE else "0", {})
        turns = (RecordedTurn("proposal", answer, None),)
        yield RecordedRun("made up", Setting(5), 2, instance, turns, False, "max_steps", "", 1, 0, 0)


def measure(name: str, recorded: Iterable[RecordedRun]) -> None:
    """Reads, grades under both profiles, and prints runs a minute."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        collection = collect(recorded, lambda line: None)
        read = time.perf_counter() - start
        with Journal(Path(folder) / FILE_NAME) as journal:
            run(regrade(collection, PROFILES, journal, progress=False))
        seconds = time.perf_counter() - start
    rate = 60 * len(collection.runs) / seconds
    print(
        f"{name}: {rate:,.0f} recorded runs/min ({len(collection.runs):,} runs, {len(collection.proposals):,} different "
        f"proposals, {seconds:.1f} s of which {read:.1f} s reading); target {TARGETS[name]:,}"
    )


def bare_process(program: str) -> bool:
    """As the released grader does it: the solution and its tests in one new process, unisolated."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=30, check=False)
    return done.returncode == 0


def beside_bare_processes(solutions: int) -> None:
    """The same made-up solutions by three ways, two at a time."""
    instance = Instance("mbpp", "0", "", TESTS, {})
    texts = [SOLUTION.format(shift=number % 2) for number in range(solutions)]
    ways = {
        "released rules, isolated": lambda text: grade_code_released(instance, text).correct,
        "strict, isolated twice": lambda text: grade_code_strict(instance, text).correct,
        "bare process, unisolated (no peer on the same rows)": lambda text: bare_process(f"{text}\n{TESTS}"),
    }
    for name, way in ways.items():
        way(texts[0])
        start = time.perf_counter()
        with ThreadPoolExecutor(2) as pool:
            passed = sum(pool.map(way, texts))
        rate = solutions / (time.perf_counter() - start)
        print(f"one solution, {name}: {rate:.1f}/s ({passed}/{solutions} pass)")


def main() -> None:
    """Runs all three."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--model", action="append", help="whose recorded code runs (default: gpt-3.5-turbo-16k-0613)"
    )
    parser.add_argument("--solutions", type=int, default=60)
    options = parser.parse_args()
    Interpreter().close()
    data = os.environ.get("WINDWARD_DATA")
    recording = Path(data) / "mint" / "trajectories.parquet" if data else None
    if recording and recording.is_file():
        measure("words", read_recorded(recording, tasks=WORDS))
        models = options.model or ["gpt-3.5-turbo-16k-0613"]
        measure("code", read_recorded(recording, models=models, tasks=CODE))
    else:
        measure("words", made_up("gsm8k", 20_000))
        measure("code", made_up("mbpp", 300))
    beside_bare_processes(options.solutions)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
