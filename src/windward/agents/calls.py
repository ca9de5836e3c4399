"""One call of a tool: written as Python, and read out of it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

_LONGEST = 20_000  # characters of code in which a call is looked for


@dataclass(frozen=True)
class Call:
    """A call of a tool: what code, JSON and text actions have in common.

    Attributes:
        tool: name of the tool.
        args: arguments by position; JSON types.
        kwargs: arguments by name; JSON types.
    """

    tool: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)


def as_python(call: Call) -> str:
    """The call as a Python expression.

    Raises:
        ValueError: the name of the tool or of an argument is no name in Python.
    """
    for name in (call.tool, *call.kwargs):
        if not name.isidentifier():
            raise ValueError(f"{name!r} is not a name")
    parts = [repr(value) for value in call.args]
    parts += [f"{name}={value!r}" for name, value in call.kwargs.items()]
    return f"{call.tool}({', '.join(parts)})"


def python_call(code: str, tools: Collection[str]) -> Call | None:
    """The first call of one of `tools` in Python code, read without running it; else the first of another function.

    Arguments are literals, or names that the code itself set to literals before. A call that computes an argument is
    none that can be read.
    """
    if len(code) > _LONGEST:
        return None
    try:
        tree = ast.parse(code.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    known: dict[str, Any] = {}
    other: Call | None = None
    for statement in tree.body:
        for node in ast.walk(statement):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in tools:
                return _literal_call(node.func.id, node, known)
            if other is None and not hasattr(builtins, node.func.id):
                other = _literal_call(node.func.id, node, known)
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            found = _value(statement.value, known)
            if isinstance(target, ast.Name) and found is not None:
                known[target.id] = found[0]
    return other


def _literal_call(tool: str, node: ast.Call, known: Mapping[str, Any]) -> Call | None:
    args = [_value(argument, known) for argument in node.args]
    kwargs = {keyword.arg: _value(keyword.value, known) for keyword in node.keywords}
    if None in args or None in kwargs.values() or None in kwargs:
        return None
    return Call(
        tool,
        tuple(found[0] for found in args if found is not None),
        {name: found[0] for name, found in kwargs.items() if name is not None and found is not None},
    )


def _value(node: ast.expr, known: Mapping[str, Any]) -> tuple[Any] | None:
    """A literal, wrapped so that None can be one; None where it is not."""
    if isinstance(node, ast.Name):
        return (known[node.id],) if node.id in known else None
    try:
        return (ast.literal_eval(node),)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None
