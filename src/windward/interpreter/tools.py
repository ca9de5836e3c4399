"""Tools that code inside may call: functions of the host, checked and counted here, and sources that only it runs."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

from windward.interpreter.source_tools import SourceTool


class Toolbox:
    """The tools of an interpreter and its twins."""

    def __init__(self, tools: Mapping[str, Callable[..., Any]]) -> None:
        self._raw = dict(tools)
        self._checked = {
            name: _checked(function)
            for name, function in tools.items()
            if not isinstance(function, SourceTool)
        }

    def descriptions(self) -> list[dict[str, Any]]:
        """Name and documentation of each tool, signature first; of a source what defines it too."""
        return [
            {
                "name": name,
                "doc": f"{name}{inspect.signature(function)}\n\n{inspect.getdoc(function) or ''}".strip(),
            }
            | (function.settings() if isinstance(function, SourceTool) else {})
            for name, function in self._raw.items()
        ]

    def quota(self, calls: int) -> Calls:
        """The calls of one run."""
        return Calls(self._checked, calls)


class Calls:
    """Calls of tools within one run, at most `left` of them."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]], left: int) -> None:
        self._functions = functions
        self._limit = self._left = left

    def call(self, frame: dict[str, Any]) -> dict[str, Any]:
        """Answers one request from inside; never raises."""
        name, args, kwargs = frame.get("tool"), frame.get("args"), frame.get("kwargs")
        function = self._functions.get(name) if isinstance(name, str) else None
        if function is None or not isinstance(args, list) or not isinstance(kwargs, dict):
            return {"error": f"there is no tool {name!r}", "kind": "TypeError"}
        if self._left <= 0:
            return {"error": f"more than {self._limit} tool calls in one run", "kind": "PermissionError"}
        self._left -= 1
        try:
            result = function(*args, **kwargs)
            json.dumps(result)
        except Exception as error:
            return {"error": f"{name}: {_short(error, function)}", "kind": type(error).__name__}
        return {"result": result}


def _checked(function: Callable[..., Any]) -> Callable[..., Any]:
    from pydantic import validate_call

    return validate_call(function)


def _short(error: Exception, function: Callable[..., Any]) -> str:
    problems = getattr(error, "errors", None)
    if callable(problems):  # pydantic: one line an argument, without the input's full text
        return "; ".join(f"{_argument(item['loc'], function)}: {item['msg']}" for item in problems())
    return str(error)


def _argument(place: tuple[int | str, ...], function: Callable[..., Any]) -> str:
    """The argument that is meant: pydantic numbers those that came by position."""
    first, *inner = place
    names = list(inspect.signature(function).parameters)
    named = names[min(first, len(names) - 1)] if isinstance(first, int) and names else first
    return ".".join(map(str, [named, *inner]))
