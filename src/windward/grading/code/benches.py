"""The tests' end: interpreters that are kept ready, each grading in a fresh copy of one.

Making an interpreter costs more than most tests. What decides a verdict is our code and the tests, never the answer, so
its interpreter is kept; but each grading runs in a forked child of it, and leaves nothing behind.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from dataclasses import replace
from typing import Any

from windward.grading.code.inside import bootstrap
from windward.grading.code.line import CALLS, Line
from windward.interpreter import Interpreter, Isolation, Limits, Observation

_GRACE_SECONDS = 10.0
_MAX_USES = 200
_MAX_IDLE = 8
_READY = (
    "import gc as _gc, json as _j, os as _o\n"
    "from windward.grading.code.judge import run as _run\n"
    "_gc.collect()\n_gc.freeze()\n"
)
_GRADE = (
    "_pid = _o.fork()\n"
    "if not _pid:\n"
    "    try:\n"
    "        _run(judge_exchange, judge_verdict, _j.loads({task!r}))\n"
    "    except BaseException:\n"
    "        _o._exit(1)\n"
    "    _o._exit(0)\n"
    "if _o.waitpid(_pid, 0)[1]: raise RuntimeError('the tests did not end by themselves')\n"
)


class Bench:
    """One interpreter for tests."""

    def __init__(self, limits: Limits, isolation: Isolation) -> None:
        self.uses = 0
        self._line = Line()
        self._nonce = ""

        def judge_exchange(text: str) -> str:
            return self._line.from_judge(text)

        def judge_verdict(text: str) -> None:
            told = json.loads(text)
            if told.pop("nonce", None) == self._nonce:
                self._line.verdict = told

        tools = {"judge_exchange": judge_exchange, "judge_verdict": judge_verdict}
        self._interpreter = Interpreter(limits=limits, isolation=isolation, tools=tools)
        self._interpreter.run(bootstrap("judge") + _READY)

    def grade(self, line: Line, task: dict[str, Any]) -> Observation:
        """Runs the tests in a child of the interpreter; the verdict is on the line."""
        self._line, self._nonce = line, secrets.token_hex(8)
        self.uses += 1
        told = json.dumps(task | {"nonce": self._nonce})
        return self._interpreter.run(_GRADE.format(task=told))

    def close(self) -> None:
        """Ends it."""
        self._interpreter.close()


_Key = tuple[int, Limits, Isolation]
_idle: list[tuple[_Key, Bench]] = []
_lock = threading.Lock()


def run_tests(line: Line, task: dict[str, Any], limits: Limits, isolation: Isolation) -> Observation:
    """Runs the tests' side to its end; the verdict is on the line.

    Args:
        line: to the answer.
        task: as for `Judge.grade`.
        limits: the answer's; the tests have as much time besides.
        isolation: as for `Interpreter`.
    """
    seconds = max(limits.seconds, _GRACE_SECONDS)
    ours = replace(limits, seconds=seconds, wall_seconds=limits.wall + seconds, tool_calls=CALLS)
    key = (os.getpid(), ours, isolation)  # a forked host must not talk over its parent's sockets
    bench = _take(key) or Bench(ours, isolation)
    try:
        observation = bench.grade(line, task)
    except BaseException:
        bench.close()
        raise
    if observation.ok and bench.uses < _MAX_USES:
        _keep(key, bench)
    else:
        bench.close()
    return observation


def _take(key: _Key) -> Bench | None:
    with _lock:
        place = next((place for place, (other, _) in enumerate(_idle) if other == key), None)
        return None if place is None else _idle.pop(place)[1]


def _keep(key: _Key, bench: Bench) -> None:
    """Puts an interpreter with the idle ones; the one that has waited longest makes room."""
    with _lock:
        _idle.append((key, bench))
        gone = _idle.pop(0)[1] if len(_idle) > _MAX_IDLE else None
    if gone is not None:
        gone.close()
