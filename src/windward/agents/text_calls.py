"""Calls as plain lines: `add, 1, 2`, or with names, `add, a: 1, b: 2`.

Values are separated by commas. A string that could be read otherwise stands in double quotes, with JSON's escapes; lists
and objects are JSON. What an unquoted value means is decided by the tool's type hint: for a `str` it stays text.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import types
import typing
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from windward.agents.calls import Call

Tools = Mapping[str, Callable[..., Any]]
_NAMED = re.compile(r"\s*([A-Za-z_]\w*)\s*[:=]\s*(.*)", re.DOTALL)
_KEY = re.compile(r"\s*[A-Za-z_]\w*\s*[:=]\s*")
_LINE = re.compile(r"^[ \t>*-]*`?([A-Za-z_]\w*)`?[ \t]*(\(|,|:|$)")
_LONGEST = 20_000
_PLAIN = re.compile(r"[A-Za-z0-9_./?!&%+#@$ -]+")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"'})


def text_line(call: Call) -> str:
    """The call as one line."""
    parts = [call.tool, *map(_shown, call.args)]
    parts += [f"{name}: {_shown(value)}" for name, value in call.kwargs.items()]
    return ", ".join(parts)


def text_calls(text: str, tools: Tools) -> list[Call]:
    """The calls of known tools that lines of a text make; never raises."""
    found = []
    for line in text[:_LONGEST].splitlines():
        head = _LINE.match(line)
        if head is not None and head.group(1) in tools:
            found.append(_call(line, head, tools[head.group(1)]))
    return found


def unknown_call(text: str) -> Call | None:
    """The first line as the call of a tool that is not there, so that the model can be told."""
    line = next((line for line in text.strip().splitlines() if line.strip()), "")
    head = _LINE.match(line)
    return Call(head.group(1)) if head is not None else None


def _shown(value: Any) -> str:
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    plain = _PLAIN.fullmatch(value) and value == value.strip() and _literal(value) is None
    return value if plain else json.dumps(value, ensure_ascii=False)


def _call(line: str, head: re.Match[str], function: Callable[..., Any]) -> Call:
    rest = line[head.end() :].strip().rstrip("`")
    if head.group(2) == "(":
        rest = rest.removesuffix(")")
    hints, variadic = _hints(function)
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    order = [name for name in hints if name != variadic]
    for part in _split(rest if '"' in rest else rest.translate(_QUOTES)):
        named = _NAMED.fullmatch(part)
        if named is not None and named.group(1) in order:
            kwargs[named.group(1)] = _meant(named.group(2), hints[named.group(1)])
        else:
            place = len(args)
            hint = hints[order[place]] if place < len(order) else hints.get(variadic or "", Any)
            args.append(_meant(part, hint))
    return Call(head.group(1), tuple(args), kwargs)


def _split(text: str) -> list[str]:
    """At commas that stand in no quotes and no brackets; a quote opens only where a value begins."""
    if not text.strip():
        return []
    parts, depth, quoted, start, at = [], 0, "", 0, 0
    fresh = True
    while at < len(text):
        letter = text[at]
        if quoted:
            if letter == "\\" and quoted == '"':
                at += 1
            elif letter == quoted:
                quoted = ""
        elif letter in "\"'" and (fresh or depth) and _closes(text, at):
            quoted = letter
        elif letter in "[{":
            depth += 1
        elif letter in "]}":
            depth = max(0, depth - 1)
        elif letter == "," and not depth:
            parts.append(text[start:at])
            start, fresh = at + 1, True
            at += 1
            continue
        fresh = (fresh and letter in " \t") or (
            letter in ":= " and bool(_KEY.fullmatch(text[start : at + 1]))
        )
        at += 1
    return [*parts, text[start:]]


def _closes(text: str, at: int) -> bool:
    """Whether the quote at `at` has an end before which no value can end: else it is a letter like any other."""
    mark = text[at]
    return re.match(rf"{mark}(?:\\.|[^{mark}\\])*{mark}\s*(?=[,\]}}:]|$)", text[at:], re.DOTALL) is not None


def _meant(text: str, hint: Any) -> Any:
    """A value as written, by the type that the tool asks for."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        unquoted = _unquoted(text)
        if unquoted is not None:
            return unquoted
    if len(text) > 1 and text[0] in "“„" and text[-1] in "”“":
        return text[1:-1]
    if not _takes(hint, str) or hint is Any:
        return _read(text)
    if hint is not str and (text[:1] in ("[", "{") or text in ("null", "None")):
        return _read(text)
    return text


def _read(text: str) -> Any:
    found = _literal(text)
    return text if found is None else found[0]


def _unquoted(text: str) -> str | None:
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
        if isinstance(value, str):
            return value
    return None


def _literal(text: str) -> tuple[Any] | None:
    """What a text means as JSON or Python, wrapped; None where it is only text."""
    for read in (json.loads, ast.literal_eval):
        try:
            return (read(text),)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
    return None


@lru_cache(maxsize=512)
def _hints(function: Callable[..., Any]) -> tuple[dict[str, Any], str | None]:
    """Type of each parameter by name, and the name of the variadic one."""
    signature = inspect.signature(function, eval_str=True)
    hints: dict[str, Any] = {}
    variadic = None
    for name, parameter in signature.parameters.items():
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            variadic = name
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            continue
        hints[name] = Any if parameter.annotation is inspect.Parameter.empty else parameter.annotation
    return hints, variadic


def _takes(hint: Any, kind: type) -> bool:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return any(_takes(option, kind) for option in typing.get_args(hint))
    return hint is kind or hint is Any
