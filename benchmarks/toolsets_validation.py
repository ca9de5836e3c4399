"""Validating tools in twins of a warm interpreter, beside a fresh Python process for each tool, in one run.

Claims (each prints its figures, the target and whether it was met):

* at least 50 tools a second on two cores;
* at least 20 times as many as with a fresh process for each, which imports what the prelude imports.

The fresh processes are not isolated, so they get tools of our own only; the same ones go through the twins, and all
verdicts must agree. With `--released DIR` (a released domain's folder, such as `…/craft/MATH/craft/algebra`) its
abstracted tools are validated too, in twins alone. `python benchmarks/toolsets_validation.py` takes about a minute on
two quiet cores. Rates are tools per wall second, two at a time.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from windward.toolsets.answers import equal_as_released, last_line
from windward.toolsets.records import Tool
from windward.toolsets.released import read_released
from windward.toolsets.validate import PRELUDE, ToolVerdict, Validator, program

OWN: tuple[tuple[str, str, Callable[[int], str]], ...] = (
    ("def add(a, b):\n    return a + b", "print(add({n}, 4))", lambda n: f"{n + 4}"),
    ("def f(n):\n    x = symbols('x')\n    return solve(Eq(3*x + n, n + 6), x)[0]", "print(f({n}))", lambda n: "2"),
    ("def f(n):\n    x = symbols('x')\n    return max(solve(x**2 - n**2, x))", "print(f({n}))", lambda n: f"{n}"),
    ("def f(n):\n    x = symbols('x')\n    return simplify((x**2 - n**2)/(x - n))", "print(f({n}))", lambda n: f"x+{n}"),
    ("def total(t, c):\n    return t[c].sum()", "print(total(pd.DataFrame({'a': [1, {n}]}), 'a'))", lambda n: f"{n + 1}"),
    ("def pairs(items):\n    return len(list(itertools.combinations(items, 2)))", "print(pairs([1, {n}]))", lambda n: "4"),
)  # fmt: skip
"""Code, call and answer of a number; the last answer is wrong on purpose."""


def own_tools(count: int) -> list[Tool]:
    """Tools of the kinds above, with numbers from 10 on."""
    tools = []
    for i in range(count):
        code, call, answer = OWN[i % len(OWN)]
        tools.append(Tool(str(i), "", answer(10 + i), code=code, call=call.replace("{n}", str(10 + i))))
    return tools


def fresh(tool: Tool) -> bool:
    """Whether a tool gives the answer in a process of its own."""
    text = PRELUDE + program(tool.code, tool.call)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    return equal_as_released(last_line(done.stdout), tool.answer)


def tree_cpu_seconds() -> float:
    """CPU seconds of this process and all below it, with those that have ended and been waited for."""
    parents, used = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended between the listing and the reading
            parents[int(entry.name)], used[int(entry.name)] = int(fields[1]), sum(map(int, fields[11:15]))
    tree = {os.getpid()}
    while below := {pid for pid, parent in parents.items() if parent in tree} - tree:
        tree |= below
    return sum(used.get(pid, 0) for pid in tree) / os.sysconf("SC_CLK_TCK")


def in_twins(validator: Validator, tools: Sequence[Tool], what: str) -> tuple[float, list[ToolVerdict]]:
    """Tools per second, and their verdicts."""
    before, started = tree_cpu_seconds(), time.perf_counter()
    verdicts = validator.validate(tools, "abstracted")
    rate = len(tools) / (time.perf_counter() - started)
    whole = 1000 * (tree_cpu_seconds() - before) / len(tools)
    cpu = 1000 * sum(verdict.cpu_seconds for verdict in verdicts) / len(tools)
    print(f"  {what:<58} {rate:8.2f} /s  n={len(tools)}, load {os.getloadavg()[0]:.1f}")
    print(
        f"     CPU a tool: {whole:.1f} ms in all, {cpu:.1f} of it the tool's own; two cores with nothing else to do: "
        f"{2000 / whole:.0f} /s at most"
    )
    return rate, verdicts


def claim(what: str, value: float, target: float) -> None:
    """A line that says whether a target was met."""
    print(f"  -> {what}: {value:.4g}, target >= {target:g}: {'met' if value >= target else 'NOT met'}")


def main() -> None:
    """Runs everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fresh", type=int, default=24, help="tools that get a process each")
    parser.add_argument("--twins", type=int, default=300, help="tools that get a twin each")
    parser.add_argument("--released", help="a released domain's folder")
    wanted = parser.parse_args()
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, Linux {platform.release()}, 2 at a time, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    tools = own_tools(max(wanted.fresh, wanted.twins))
    before, started = tree_cpu_seconds(), time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        apart = list(pool.map(fresh, tools[: wanted.fresh]))
    slow = wanted.fresh / (time.perf_counter() - started)
    print(f"  {'a fresh process each, not isolated':<58} {slow:8.2f} /s  n={wanted.fresh}")
    print(f"     CPU a tool: {1000 * (tree_cpu_seconds() - before) / wanted.fresh:.1f} ms in all")
    started = time.perf_counter()
    with Validator(jobs=2) as validator:
        validator.validate(tools[:12], "abstracted")
        print(f"  fork server and two warm interpreters, once: {time.perf_counter() - started:.1f} s")
        fast, verdicts = in_twins(validator, tools[: wanted.twins], "a twin each, isolated")
        together = [verdict.verdict == "ok" for verdict in verdicts[: wanted.fresh]]
        print(
            f"  the same verdicts: {together == apart[: len(together)]} ({sum(apart)} of {len(apart)} are right)"
        )
        claim("tools a second", fast, 50)
        claim("times a fresh process each", fast / slow, 20)
        if wanted.released:
            general = [tool for epoch in read_released(wanted.released).epochs for tool in epoch.general]
            rate, _ = in_twins(validator, general, "the released abstracted tools")
            claim("released tools a second", rate, 50)


if __name__ == "__main__":
    main()
