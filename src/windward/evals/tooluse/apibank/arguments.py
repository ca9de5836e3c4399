"""Arguments as a tool's signature wants them: bound to names, and each read as its declared type."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args, get_origin

from windward.evals.tooluse.apibank.world import ToolError

_INTEGER = re.compile(r"[+-]?[0-9]{1,15}")
_TOO_LARGE = 10**15
_LONGEST_LIST = 10_000


def bind(signature: inspect.Signature, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call by name, each in the type of its parameter; those equal to a default are left out.

    Taken as equal, as action formats differ in what they can write: `"1"` and `1`, `"True"` and `true`, `2.0` and
    `2` where a whole number is wanted, a list and its text (`"['Ann', 'Bob']"`), text with and without space around
    it, an optional argument that is `null` and one that is not given. Nothing else is: case counts, and so does order.

    Args:
        signature: what the tool takes; annotations are types, not text.
        args: values by position; any JSON types, as a model wrote them.
        kwargs: values by name.

    Raises:
        ToolError: a parameter is missing, unknown or given twice, or a value is not of its type.
    """
    parameters = signature.parameters
    given = dict(zip(parameters, args, strict=False))
    if len(args) > len(parameters):
        raise ToolError(f"takes {len(parameters)} arguments, not {len(args)}")
    if twice := sorted(given.keys() & kwargs.keys()):
        raise ToolError(f"argument {twice[0]} is given twice")
    if unknown := sorted(str(name) for name in kwargs if name not in parameters):
        raise ToolError(
            f"has no argument {unknown[0][:40]!r}; its arguments are: {', '.join(parameters) or 'none'}"
        )
    given |= kwargs
    bound: dict[str, Any] = {}
    for name, parameter in parameters.items():
        optional = parameter.default is not inspect.Parameter.empty
        if given.get(name) is None:
            if not optional:
                raise ToolError(f"argument {name} is missing")
            continue
        value = _read(name, given[name], parameter.annotation)
        if not (optional and value == parameter.default):
            bound[name] = value
    return bound


def _read(name: str, value: Any, hint: Any) -> Any:
    read = _READERS[get_origin(hint) or hint](value, hint)
    if read is None:
        raise ToolError(f"argument {name} is no {_NAMES[get_origin(hint) or hint]}")
    return read


def _text(value: Any, hint: Any = str) -> str | None:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return str(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return None


def _integer(value: Any, hint: Any = int) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if abs(value) < _TOO_LARGE else None


def _truth(value: Any, hint: Any = bool) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def _list(value: Any, hint: Any) -> list[Any] | None:
    if isinstance(value, str):
        value = _written_list(value)
    if not isinstance(value, list | tuple):
        return None
    wanted = get_args(hint)[0]
    items = [_READERS[get_origin(wanted) or wanted](item, wanted) for item in value]
    return None if any(item is None for item in items) else items


def _record(value: Any, hint: Any) -> dict[str, str] | None:
    if not isinstance(value, Mapping):
        return None
    read: dict[str, str] = {}
    for name, held in value.items():
        key, text = _text(name), _text(held)
        if key is None or text is None:
            return None
        read[key] = text
    return read


def _written_list(text: str) -> Any:
    """A list written as JSON or as Python does; None if the text is neither."""
    if len(text) > _LONGEST_LIST:
        return None
    for reader in (json.loads, ast.literal_eval):
        try:
            return reader(text.strip())
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
    return None


_READERS: Mapping[Any, Callable[[Any, Any], Any]] = {
    str: _text,
    int: _integer,
    bool: _truth,
    list: _list,
    dict: _record,
}
_NAMES: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    bool: "true or false",
    list: "list of the right form",
}
