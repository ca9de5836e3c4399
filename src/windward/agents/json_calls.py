"""Calls as JSON objects: `{"tool": "add", "args": [1, 2]}`, or with names, `{"tool": "add", "args": {"a": 1, "b": 2}}`."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

from windward.agents.calls import Call

_NAMES = ("tool", "name", "action", "tool_name", "function", "api", "api_name")
_ARGUMENTS = ("args", "arguments", "parameters", "params", "input", "tool_input", "action_input", "kwargs")
_ANSWERS = ("answer", "final_answer", "solution")
_LONGEST = 20_000  # characters in which an object is looked for
_TRIES = 20  # brackets that open nothing, before a text is given up
_DEEPEST = 20  # brackets that are closed for a model
_PLAIN_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "\u00a0": " "})
_TRAILING = re.compile(r",(\s*[}\]])")


def json_text(call: Call) -> str:
    """The call as one line of JSON; arguments by position make a list, by name an object.

    Raises:
        ValueError: it has both, which the form cannot hold.
    """
    if call.args and call.kwargs:
        raise ValueError(f"{call.tool}: arguments by position and by name cannot be mixed in JSON")
    arguments = dict(call.kwargs) if call.kwargs else list(call.args)
    return json.dumps({"tool": call.tool, "args": arguments}, ensure_ascii=False)


def json_calls(text: str) -> list[Call | str]:
    """The calls that a text holds, whatever stands around them; an answer given as an object is a string.

    Tolerant: names that other formats use for the two fields, arguments beside the name, Python's literals, quotes
    of word processors, a comma too many, missing ends. Never raises.
    """
    found = (_call(value) for value in _objects(text[:_LONGEST]))
    return [call for call in found if call is not None]


def _objects(text: str) -> Iterator[Any]:
    """JSON objects from left to right; lists of them are opened."""
    start, broken = text.find("{"), 0
    while start >= 0 and broken < _TRIES:
        value, end = _read(text, start)
        if value is not None:
            yield value
        broken += value is None
        start = text.find("{", end)


def _read(text: str, start: int) -> tuple[Any, int]:
    """The object that begins at `start`, and where to look for the next one."""
    try:
        return json.JSONDecoder(strict=False).raw_decode(text, start)
    except (ValueError, RecursionError):
        pass
    end, missing = _end(text, start)
    piece = text[start:end] + missing
    for read in (_as_json, _as_python):
        for candidate in (piece, piece.replace("\\_", "_"), piece.translate(_PLAIN_QUOTES)):
            value = read(_TRAILING.sub(r"\1", candidate))
            if isinstance(value, dict):
                return value, end
    return None, start + 1 if end == len(text) else end


def _as_json(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _as_python(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _end(text: str, start: int) -> tuple[int, str]:
    """Where the brackets opened at `start` are closed, strings left out, and what is missing if they are not."""
    open_brackets, quote, at = [], "", start
    while at < len(text):
        letter = text[at]
        if quote:
            if letter == "\\":
                at += 1
            elif letter == quote:
                quote = ""
        elif letter == '"' or (letter == "'" and not text[at - 1].isalnum()):
            quote = letter
        elif letter in "{[":
            open_brackets.append("}" if letter == "{" else "]")
        elif letter in "}]" and open_brackets:
            open_brackets.pop()
            if not open_brackets:
                return at + 1, ""
        at += 1
    return len(text), quote + "".join(reversed(open_brackets[:_DEEPEST]))


def _call(value: Any) -> Call | str | None:
    if not isinstance(value, dict):
        return None
    for name in _ANSWERS:
        if set(value) <= {name, "thought"} and name in value:
            return str(value[name])
    key = next((name for name in _NAMES if name in value), None)
    if key is None:
        return None
    named = value[key]
    if isinstance(named, dict):  # {"function": {"name": …, "arguments": …}}
        return _call(named)
    if not isinstance(named, str):
        return None
    tool = named.strip().removesuffix("()")
    field = next((name for name in _ARGUMENTS if name in value), None)
    if field is None:
        rest = {
            name: given for name, given in value.items() if name not in (*_NAMES, "thought", "type", "id")
        }
        return Call(tool, (), rest)
    arguments = value[field]
    if isinstance(arguments, str) and arguments.lstrip().startswith(("{", "[")):
        arguments = _as_json(arguments) or arguments
    if tool.lower() in _ANSWERS and arguments:
        inner = list(arguments.values()) if isinstance(arguments, dict) else arguments
        return str(inner[0] if isinstance(inner, list) else inner)
    if isinstance(arguments, dict):
        return Call(tool, (), {str(name): given for name, given in arguments.items()})
    if arguments is None:
        return Call(tool)
    return Call(tool, tuple(arguments) if isinstance(arguments, list) else (arguments,))
