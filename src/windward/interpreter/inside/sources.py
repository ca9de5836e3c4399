"""Tools that are given as source: each is defined where it is called first, in a namespace of its own."""

from __future__ import annotations

import builtins
import importlib
import inspect
import linecache
from collections.abc import Mapping
from typing import Any

_preludes: dict[str, dict[str, Any]] = {}


def source_tool(tool: Mapping[str, Any], host: Mapping[str, Any]) -> Any:
    """A function that defines a tool's source at its first call, and passes calls on to it.

    Args:
        tool: its name in the session, documentation, source and what belongs to it.
        host: the session's host functions, which the source and its prelude may call.
    """
    function: Any = None

    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal function
        if function is None:
            function = _defined(tool, host)
        if tool["tables"]:
            args, kwargs = _with_frames(function, tool["tables"], args, kwargs)
        return function(*args, **kwargs)

    call.__name__ = call.__qualname__ = tool["name"]
    call.__doc__ = tool["doc"]
    return call


def _defined(tool: Mapping[str, Any], host: Mapping[str, Any]) -> Any:
    name, source = tool["name"], tool["source"]
    filename = f"<cell of tool {name}>"  # as a cell's, so that tracebacks show its lines
    lines = [line + "\n" for line in source.split("\n")]
    linecache.cache[filename] = (len(source), None, lines, filename)
    try:
        space = dict(_prelude(tool["prelude"], host))
        exec(compile(source, filename, "exec", dont_inherit=True), space)
    except (Exception, SystemExit) as error:
        if isinstance(error, MemoryError):
            raise
        raise RuntimeError(f"the tool {name} could not be defined: {type(error).__name__}: {error}") from None
    function = space.get(tool["function"])
    if not callable(function):
        raise RuntimeError(f"the tool {name} could not be defined: its source leaves no {tool['function']}")
    return function


def _prelude(text: str, host: Mapping[str, Any]) -> dict[str, Any]:
    """What a prelude defines; it is run once for all tools that have the same."""
    if text not in _preludes:
        space = {"__builtins__": builtins, "__name__": "tools", **host}
        exec(compile(text, "<cell of the tools' prelude>", "exec", dont_inherit=True), space)
        _preludes[text] = space
    return _preludes[text]


def _with_frames(
    function: Any, tables: list[str], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments, with columns or records that were given for a data frame as one."""
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return args, kwargs  # the call itself says best what is wrong
    for name in tables:
        value = bound.arguments.get(name)
        records = isinstance(value, list) and all(isinstance(row, dict) for row in value)
        if isinstance(value, dict) or (records and value):
            bound.arguments[name] = importlib.import_module("pandas").DataFrame(value)
    return bound.args, bound.kwargs
