"""The host's part: two interpreters, and a line that carries texts between them without reading them."""

from __future__ import annotations

import base64
import json
import marshal
import queue
from dataclasses import replace
from functools import lru_cache
from importlib import resources
from typing import Any

from windward.interpreter import Interpreter, InterpreterError, Isolation, Limits, Observation

_SENT = ("copies", "peer", "answer", "judge")
_CALLS = 10_000_000
_GRACE_SECONDS = 10.0


class Line:
    """Carries texts between the tests and one answer, each waiting while the other works."""

    def __init__(self) -> None:
        self._to_answer: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._to_judge: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._started = False
        self.ended: Observation | None = None
        self.verdict: dict[str, Any] | None = None

    def from_answer(self, text: str) -> str:
        """The answer's tool: hands over a reply (the first is a greeting), waits for the next request."""
        if self._started:
            self._to_judge.put(text)
        self._started = True
        return self._to_answer.get()

    def from_judge(self, text: str) -> str:
        """The tests' tool: hands over a request, waits for the reply."""
        if self.ended is None:
            self._to_answer.put(text)
        return self._to_judge.get()

    def answer_ended(self, observation: Observation) -> None:
        """Tells the tests, in place of a reply, that there is nobody any more."""
        self.ended = observation
        gone = json.dumps({"op": "gone", "why": end_name(observation)})
        for _ in range(3):  # one for a request under way, and for one that crossed with this message
            self._to_judge.put(gone)

    def stop(self) -> None:
        """Ends the answer's serving."""
        self._to_answer.put('{"op":"stop"}')


def end_name(observation: Observation) -> str:
    """How an answer's interpreter ended, as the name of an exception."""
    names = {"timeout": "TimeoutError", "memory": "MemoryError", "crash": "Crash", "refused": "SyntaxError"}
    return names.get(observation.status, "Gone")


@lru_cache(maxsize=1)
def _bootstrap() -> str:
    """Python text that puts our inside modules in place; compiled here, since that is most of its cost."""
    codes = []
    for name in _SENT:
        source = resources.files("windward.grading.code").joinpath(f"{name}.py").read_text("utf-8")
        full = f"windward.grading.code.{name}"
        codes.append((full, compile(source, f"<{full}>", "exec", dont_inherit=True, optimize=0)))
    packed = base64.b85encode(marshal.dumps(codes)).decode()
    return (
        "import base64 as _b, marshal as _m, sys as _s, types as _t\n"
        f"for _name, _code in _m.loads(_b.b85decode({packed!r})):\n"
        "    _module = _s.modules[_name] = _t.ModuleType(_name)\n"
        "    exec(_code, _module.__dict__)\n"
    )


# ---- the tests' side


def judge(line: Line, task: dict[str, Any], limits: Limits, isolation: Isolation) -> Observation:
    """Runs the tests' side to its end; the verdict is on the line."""

    def judge_exchange(text: str) -> str:
        return line.from_judge(text)

    def judge_verdict(text: str) -> None:
        line.verdict = json.loads(text)

    seconds = max(limits.seconds, _GRACE_SECONDS)
    ours = replace(limits, seconds=seconds, wall_seconds=limits.wall + seconds, tool_calls=_CALLS)
    tools = {"judge_exchange": judge_exchange, "judge_verdict": judge_verdict}
    with Interpreter(limits=ours, isolation=isolation, tools=tools) as interpreter:
        return interpreter.run(
            _bootstrap() + "import json as _j\n"
            "from windward.grading.code.judge import run as _run\n"
            f"_run(judge_exchange, judge_verdict, _j.loads({json.dumps(task)!r}))"
        )


# ---- the answer's side: namespaces of its own, so that no two answers ever meet


def serve_answer(line: Line, interpreter: Interpreter) -> None:
    """Serves one answer until the line stops; runs in a thread of its own."""
    try:
        with interpreter:
            observation = interpreter.run(
                _bootstrap() + "from windward.grading.code.answer import run as _run\n_run(answer_exchange)"
            )
    except InterpreterError as error:
        observation = Observation(status="crash", error=str(error))
    line.answer_ended(observation)


def open_answer(line: Line, limits: Limits, isolation: Isolation) -> Interpreter:
    """A fresh interpreter for an answer, with its end of the line."""

    def answer_exchange(text: str) -> str:
        return line.from_answer(text)

    return Interpreter(
        limits=replace(limits, tool_calls=_CALLS),
        isolation=isolation,
        tools={"answer_exchange": answer_exchange},
    )
