"""The host's part: a line that carries texts between the tests and an answer without reading them, and the answer's end."""

from __future__ import annotations

import json
import queue
from dataclasses import replace
from typing import Any

from windward.grading.code.inside import bootstrap
from windward.interpreter import Interpreter, InterpreterError, Isolation, Limits, Observation

CALLS = 10_000_000
"""Requests that may go over a line; the limits on time end what has no end."""


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


# ---- the answer's side: namespaces of its own, so that no two answers ever meet


def serve_answer(line: Line, interpreter: Interpreter) -> None:
    """Serves one answer until the line stops; runs in a thread of its own."""
    try:
        with interpreter:
            observation = interpreter.run(
                bootstrap("answer")
                + "from windward.grading.code.answer import run as _run\n_run(answer_exchange)"
            )
    except InterpreterError as error:
        observation = Observation(status="crash", error=str(error))
    line.answer_ended(observation)


def open_answer(line: Line, limits: Limits, isolation: Isolation) -> Interpreter:
    """A fresh interpreter for an answer, with its end of the line."""

    def answer_exchange(text: str) -> str:
        return line.from_answer(text)

    return Interpreter(
        limits=replace(limits, tool_calls=CALLS),
        isolation=isolation,
        tools={"answer_exchange": answer_exchange},
    )
