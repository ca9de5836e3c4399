"""`windward eval selfcheck`: right answers must score 100 %, and answers that know nothing what they deserve."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any

from windward.evals.data import DataError
from windward.evals.reasoning.files import data_folder
from windward.evals.reasoning.golds import ECHO, degenerate, deserves, gold
from windward.evals.reasoning.grade import grade_item, run_limited
from windward.evals.reasoning.items import BENCHMARKS, Item, Mode, benchmark_of
from windward.evals.reasoning.live import RESULTS, drawn
from windward.evals.reasoning.load import load_items
from windward.grading.policies import Policy
from windward.interpreter import Interpreter
from windward.rows import Result, write_results

SYSTEM = "reasoning-selfcheck"
GOLD = "gold"


@dataclass(frozen=True)
class Check:
    """One kind of answer, given to every item of a benchmark.

    Attributes:
        benchmark: its name.
        mode: how it is asked.
        answer: `gold`, or what an answer that knows nothing is called.
        right: items that it is judged right on.
        n: items that it was given to.
        deserved: items that it must be right on: all for golds; for a constant, those whose answer it is.
        strays: ids where the verdict is not the deserved one, at most ten.
        none: items that no gold answer is known of.
    """

    benchmark: str
    mode: Mode
    answer: str
    right: int
    n: int
    deserved: int
    strays: tuple[str, ...] = ()
    none: int = 0

    @property
    def ok(self) -> bool:
        """Whether every verdict is the deserved one."""
        return not self.strays


@dataclass
class _Tally:
    right: int = 0
    n: int = 0
    deserved: int = 0
    strays: list[str] = field(default_factory=list)


def check_items(
    items: Sequence[Item], mode: Mode, policy: Policy = "strict", *, jobs: int | None = None
) -> list[Check]:
    """Gives golds and know-nothings to the items of one benchmark.

    Args:
        items: of one benchmark.
        mode: how they are asked.
        policy: by whose rules.
        jobs: replies judged at once; None is one a core.
    """
    given: list[tuple[str, Item, str]] = []
    without = 0
    for item in items:
        right = gold(item, mode)
        without += right is None
        given += [(GOLD, item, right)] if right is not None else []
        given += [(name, item, text) for name, text in degenerate(item, mode).items()]

    constant = cache(run_limited)  # what is the same for every item runs once

    def judge(one: tuple[str, Item, str]) -> bool:
        name, item, text = one
        program = run_limited if name in (GOLD, ECHO) else constant
        return grade_item(item, mode, text, (policy,), program=program).verdicts[policy].correct

    tallies: dict[str, _Tally] = {GOLD: _Tally()}
    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        for (name, item, _), correct in zip(given, pool.map(judge, given), strict=True):
            tally = tallies.setdefault(name, _Tally())
            due = name == GOLD or deserves(item, name)
            tally.n, tally.right, tally.deserved = tally.n + 1, tally.right + correct, tally.deserved + due
            if correct != due:
                tally.strays.append(item.id)
    return [
        Check(
            items[0].benchmark,
            mode,
            name,
            tally.right,
            tally.n,
            tally.deserved,
            tuple(tally.strays[:10]),
            without if name == GOLD else 0,
        )
        for name, tally in tallies.items()
    ]


def run_selfcheck(
    out: str | Path,
    *,
    benchmarks: Sequence[str] = (),
    limit: int | None = None,
    seed: int = 0,
    policy: Policy = "strict",
    data: str | Path | None = None,
    sources: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = print,
) -> tuple[Path, int]:
    """Checks benchmarks, shows the table and writes it as a result table.

    Args:
        out: folder for `results.parquet`.
        benchmarks: which; none means all whose problems are there.
        limit: items of each at most, drawn with `seed`.
        seed: of this draw.
        policy: by whose rules.
        data: folder of the problems; None is `reasoning/` in the folder that `WINDWARD_DATA` names.
        sources: of single benchmarks, a file, folder or hub data set.
        tell: shows a line.

    Returns:
        The table, and how many checks failed.

    Raises:
        DataError: a benchmark that was named is not there, or none is.
    """
    folder, named = data_folder(data), sources or {}
    for name in (*benchmarks, *named):
        benchmark_of(name)
    Interpreter().close()  # what is missing on this machine is said at once
    checks: list[Check] = []
    for name in benchmarks or BENCHMARKS:
        try:
            items = drawn(load_items(name, folder, named.get(name)), limit, seed)
        except DataError as error:
            if benchmarks or name in named:
                raise
            tell(f"{name}: left out ({str(error).split(':')[0]})")
            continue
        for mode in BENCHMARKS[name].modes:
            for check in check_items(items, mode, policy):
                tell(line_of(check))
                checks.append(check)
    if not checks:
        raise DataError(f"no benchmark's problems are in {folder}")
    table = Path(out) / RESULTS
    write_results(table, [result_of(check, policy, seed) for check in checks])
    return table, sum(not check.ok for check in checks)


def line_of(check: Check) -> str:
    """A check as a line to read."""
    mark = "ok  " if check.ok else "FAIL"
    told = f"{mark} {check.benchmark:<13} {check.mode:<4} {check.answer:<13} {check.right:>5} of {check.n}"
    if check.answer != GOLD and check.deserved:
        told += f", deserved {check.deserved}"
    if check.none:
        told += f", {check.none} without a gold"
    return told if check.ok else f"{told}; not as deserved: {', '.join(check.strays)}"


def result_of(check: Check, policy: str, seed: int) -> Result:
    """A check as a row of the result table."""
    rate = check.right / check.n if check.n else 0.0
    condition: dict[str, Any] = {
        "mode": check.mode,
        "answer": check.answer,
        "policy": policy,
        "seed": seed,
        "deserved": check.deserved,
        "ok": check.ok,
        "without_gold": check.none,
        "strays": list(check.strays),
    }
    stderr = sqrt(rate * (1 - rate) / check.n) if check.n else None
    return Result(SYSTEM, "none", check.benchmark, "all", "accuracy", rate, check.n, condition, stderr)
