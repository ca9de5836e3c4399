"""Validation: a tool is run on its own problem, and what it prints last is held against the answer.

A tool's code and call run together in a twin of a warm interpreter that has the prelude's imports done: isolated, without
a network, and ended with all that it started. What limits it is CPU time, so that a busy machine fails no good tool.
Every verdict is given by two rules, the released one and the strict one (`windward.toolsets.answers`), and names
the environment that it was found in: libraries change, and verdicts with them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Self

from windward.grading.fences import python_blocks
from windward.interpreter import Interpreter, InterpreterError, Isolation, Limits, Observation
from windward.toolsets.answers import last_line
from windward.toolsets.domains import MATH, Domain
from windward.toolsets.problems import ToolProblem
from windward.toolsets.records import Tool

Stage = Literal["specific", "abstracted"]
"""Which of a tool's two programs is run: its first solution, or what that was made into."""
Outcome = Literal["ok", "wrong", "crash", "timeout"]
"""It gives the answer; it gives another, or none; it raises, or is ended; it takes too long."""

LIMITS = Limits(
    seconds=20, wall_seconds=300, memory_mb=1024, disk_mb=64, file_mb=16, processes=16, output_chars=10_000
)
"""Wall time only ends a tool that waits for something: it is long enough for 20 s of CPU time on a busy machine."""
PRINTED_CHARS = 500
"""So much of what a tool printed last is kept."""
ERROR_CHARS = 60
"""So much of an error's name is kept."""
PRELUDE = """\
import cmath, collections, datetime, decimal, fractions, functools, heapq, itertools, math, random, re, statistics, string
import numpy, numpy as np, pandas, pandas as pd, scipy, sympy
from math import *
from collections import *
from sympy import *
"""
"""What tools take for granted; as in the release, names of sympy stand over those of math."""

_WARM = """\
def _warm():
    import gc
    x, y = symbols('x y')
    for expression in (x**2 - 3*x + 2, x**2 + x + 1, sqrt(x + 1) - 2, 2**x - 8, 1/x - 3, x**3 - 1):
        str(solve(expression, x))
    str(solve([x + y - 3, x - y - 1], [x, y])), str(solve_univariate_inequality(x**2 - 4 < 0, x))
    str(simplify((x**2 - 1)/(x - 1))), str(expand((x + y)**3)), str(factor(x**2 - y**2)), str(N(sqrt(2)))
    str(Sum(x, (x, 1, 10)).doit()), str(sympify('x**2 + 1')), str(Poly(x**2 - 1, x).all_coeffs())
    frame = pd.DataFrame({'a': [1, 2], 'b': ['u', 'v']})
    str(frame[frame['a'] > 1]['a'].sum()), str(frame.loc[frame['b'] == 'u', 'a'].iloc[0]), str(frame)
    gc.collect(), gc.freeze()
_warm()
del _warm
"""
_VERSIONS = """\
import json as _json, platform as _platform
print(_json.dumps({'python': _platform.python_version(), **{m.__name__: m.__version__ for m in (numpy, pandas, scipy, sympy)}}))
del _json, _platform
"""
_SHOW = "print(_)"


@dataclass(frozen=True)
class Environment:
    """Where a verdict was found: versions as the tools saw them, a hash of the prelude, and the limits."""

    python: str
    numpy: str
    pandas: str
    scipy: str
    sympy: str
    isolation: str
    prelude: str
    limits: Limits


@dataclass(frozen=True)
class ToolVerdict:
    """What a tool came to on its problem.

    Attributes:
        tool: the tool's id.
        stage: which of its programs was run.
        verdict: by the released rule.
        strict: by the strict rule; the two differ only in `ok` and `wrong`.
        printed: the last line that it printed, cut to `PRINTED_CHARS`; "" where it printed none.
        error: the type of the error that ended it; "" where none did.
        message: the error's last line, cut likewise.
        cpu_seconds: CPU time; of a program that was ended by force, 0 as nobody knows it.
        environment: where it was found.
    """

    tool: str
    stage: Stage
    verdict: Outcome
    strict: Outcome
    printed: str
    error: str
    message: str
    cpu_seconds: float
    environment: Environment = field(repr=False)

    def row(self) -> dict[str, Any]:
        """As a JSON value."""
        return asdict(self)


class Validator:
    """Interpreters that are kept warm, one for each tool that runs at a time.

    with Validator() as validator:
        verdicts = validator.validate(tools, "abstracted")

    Args:
        limits: what each tool may use.
        isolation: as for `Interpreter`.
        jobs: how many tools run at a time; None is one a core.
        domain: what programs find ready, and when an answer is right.

    Raises:
        IsolationError: isolation does not work on this machine.
    """

    def __init__(
        self,
        limits: Limits = LIMITS,
        *,
        isolation: Isolation = "auto",
        jobs: int | None = None,
        domain: Domain = MATH,
    ) -> None:
        self._limits, self._isolation, self.domain = limits, isolation, domain
        self._jobs = jobs or os.cpu_count() or 1
        self._idle: list[Interpreter] = []
        self._lock = threading.Lock()
        bench = self._warm()
        versions = json.loads(bench.run(_VERSIONS).stdout)
        self._idle.append(bench)
        self.environment = Environment(
            **versions,
            isolation=isolation,
            prelude=hashlib.sha256((PRELUDE + domain.prelude).encode()).hexdigest()[:12],
            limits=limits,
        )

    def validate(self, tools: Iterable[Tool], stage: Stage) -> list[ToolVerdict]:
        """Runs each tool on its own problem; the verdicts come in the tools' order."""
        with ThreadPoolExecutor(self._jobs) as pool:
            return list(pool.map(lambda tool: self.validate_one(tool, stage), tools))

    def validate_one(self, tool: Tool, stage: Stage) -> ToolVerdict:
        """Runs one tool on its own problem; from any thread."""
        code, call = (tool.solution, tool.solution_call) if stage == "specific" else (tool.code, tool.call)
        seen = self.run(self.domain.prepare(ToolProblem.of_tool(tool)) + program(code, call))
        return self._judged(tool, stage, seen)

    def _judged(self, tool: Tool, stage: Stage, seen: Observation) -> ToolVerdict:
        printed = last_line(seen.stdout)
        verdict: Outcome
        strict: Outcome
        if seen.ok:
            verdict = "ok" if self.domain.equal(printed, tool.answer) else "wrong"
            strict = "ok" if self.domain.strict(printed, tool.answer) else "wrong"
            error = message = ""
        else:
            verdict = strict = "timeout" if seen.status == "timeout" else "crash"
            message = last_line(seen.error or seen.status)
            error = re.split(r"[:\s]", message, maxsplit=1)[0][:ERROR_CHARS]
        return ToolVerdict(
            tool.id, stage, verdict, strict, printed[:PRINTED_CHARS], error, message[:PRINTED_CHARS],
            seen.cpu_seconds, self.environment,
        )  # fmt: skip

    def run(self, code: str) -> Observation:
        """Runs a program as a tool is run.

        Where it prints nothing but ends in an expression, that is printed.

        Raises:
            InterpreterError: the interpreter works for no program.
        """
        try:
            return self._run(code)
        except InterpreterError:  # what ran before may be to blame: once more, in an interpreter of its own
            try:
                return self._run(code, self._warm())
            except InterpreterError as error:
                self._warm().close()  # if this works, it is the program's doing
                return Observation(status="crash", error=f"InterpreterError: {error}", state_lost=True)

    def _run(self, code: str, bench: Interpreter | None = None) -> Observation:
        with self._lock:
            if bench is None and self._idle:
                bench = self._idle.pop()
        bench = bench or self._warm()
        keep = False
        try:
            with bench.fork() as twin:
                seen = twin.run(code)
                if seen.ok and seen.value is not None and not seen.stdout.strip():
                    shown = twin.run(_SHOW)
                    seen = replace(shown, cpu_seconds=seen.cpu_seconds + shown.cpu_seconds)
            # Who had to be ended shares no namespaces with those after it.
            keep = seen.status in ("ok", "error")
            return seen
        finally:
            if keep:
                with self._lock:
                    self._idle.append(bench)
            else:
                bench.close()

    def _warm(self) -> Interpreter:
        bench = Interpreter(limits=self._limits, isolation=self._isolation, tools=self.domain.host)
        seen = bench.run(PRELUDE + _WARM + self.domain.prelude)
        if not seen.ok:
            bench.close()
            raise InterpreterError(f"the tools' prelude does not run here: {seen.text}")
        return bench

    def close(self) -> None:
        """Ends the interpreters; a later run starts new ones."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def program(code: str, call: str) -> str:
    """A tool's code with its call; where the call is prose with fenced blocks, the blocks are the call."""
    blocks = python_blocks(call) if "```" in call else [call]
    return "\n".join([code, *blocks]) + "\n"
