"""The answer's end: load the code under test, say which names it has, serve calls.

Sent as source into the answer's interpreter, after `copies.py` and `peer.py`.
"""

from __future__ import annotations

import asyncio
import sys
import types
from collections.abc import Callable
from typing import Any

from windward.grading.code.copies import dumps, is_module
from windward.grading.code.peer import Peer

MODULE = "solution"


class Answer(Peer):
    """Serves the code under test."""

    def __init__(self, exchange: Callable[[str], str]) -> None:
        super().__init__(exchange)
        self.module = types.ModuleType(MODULE)

    def serve(self) -> None:
        """Answers requests until the host stops."""
        import json

        text = dumps({"op": "ready"})
        while True:
            message = json.loads(self._exchange(text))
            if message.get("op") == "stop":
                return
            text = dumps(self.answer(message))

    def _do(self, message: dict[str, Any]) -> dict[str, Any]:
        if message["op"] == "load":
            return self._load(message["setup"], message["code"])
        if message["op"] == "names":
            return {
                "op": "return",
                "value": {name: self._name(name) for name in message["names"] if name in self._all()},
            }
        return super()._do(message)

    def _load(self, setup: str, code: str) -> dict[str, Any]:
        sys.modules[MODULE] = self.module
        for text, name in ((setup, "<setup>"), (code, f"<{MODULE}>")):
            exec(compile(text, name, "exec", dont_inherit=True), self.module.__dict__)  # noqa: S102 (only ever inside the sandbox)
        return {"op": "return", "value": self._functions()}

    def _all(self) -> dict[str, Any]:
        return self.module.__dict__

    def _functions(self) -> list[str]:
        """The names of the functions that the code itself defines, in order."""
        return [
            name for name, value in self._all().items()
            if isinstance(value, types.FunctionType) and value.__module__ == MODULE
        ]  # fmt: skip

    def _name(self, name: str) -> dict[str, Any]:
        """What a name is: a module, something of a library, an exception class, a class, or a value."""
        value = self._all()[name]
        if is_module(value):
            return {"kind": "module", "module": value.__name__}
        if isinstance(value, type):
            if value.__module__ not in {MODULE, "builtins"}:
                return {
                    "kind": "library",
                    "module": value.__module__,
                    "name": value.__qualname__,
                    "on": self.keep(value),
                }
            bases = [base.__name__ for base in value.__mro__[1:]]
            kind = "exception" if issubclass(value, BaseException) else "class"
            return {"kind": kind, "bases": bases, "on": self.keep(value), "own": value.__name__}
        module = getattr(value, "__module__", None)
        if callable(value) and isinstance(module, str) and module not in {MODULE, "builtins"}:
            return {
                "kind": "library",
                "module": module,
                "name": getattr(value, "__qualname__", name),
                "on": self.keep(value),
            }
        return {"kind": "value", "value": self.encoded(value)}


def run(exchange: Callable[[str], str]) -> None:
    """Serves until told to stop."""
    Answer(exchange).serve()
    asyncio.set_event_loop(None)
