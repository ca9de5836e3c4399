"""Values as text between two interpreters: plain types as copies, everything else as a numbered reference.

This file is sent as source into both interpreters, so it imports the standard library only. The side that
decodes builds exact built-in types, whatever the other side claims: an object equal to everything arrives
as a reference, which equals nothing.
"""

from __future__ import annotations

import builtins
import collections
import datetime
import decimal
import fractions
import json
import types
from collections.abc import Callable
from typing import Any

MAX_NESTING = 400
_SMALL = 1 << 60
_BUILTINS = {id(value): name for name, value in vars(builtins).items() if callable(value) and name[0] != "_"}
_DATES = (datetime.datetime, datetime.date, datetime.time)

Refer = Callable[[Any], Any]


class CopyError(ValueError):
    """A value that cannot cross over: it is nested too deeply, or the text is not ours."""


def dumps(value: Any) -> str:
    """JSON, compact."""
    return json.dumps(value, separators=(",", ":"))


def encode(value: Any, refer: Refer, depth: int = 0) -> Any:
    """`value` as JSON types; `refer` makes the reference for what has no copy.

    Subclasses are encoded as the plain type that they extend.

    Raises:
        CopyError: it is nested too deeply, or holds itself.
    """
    if value is None or value is True or value is False:
        return value
    kind: Any = type(value)
    if kind is int:
        return value if -_SMALL < value < _SMALL else {"$": "int", "v": hex(value)}
    if kind is str or kind is float:
        return value
    if depth > MAX_NESTING:
        raise CopyError("a value is nested too deeply, or holds itself")
    if kind is list:
        return [encode(item, refer, depth + 1) for item in value]
    for base, name, parts in _CONTAINERS:
        if isinstance(value, base):
            return {"$": name, "v": [encode(item, refer, depth + 1) for item in parts(value)]}
    if isinstance(value, dict):
        return {"$": _mapping(value), "v": [_pair(pair, refer, depth) for pair in dict.items(value)]}
    return _scalar(value, refer, depth)


_CONTAINERS: tuple[tuple[Any, str, Callable[[Any], Any]], ...] = (
    (list, "list", list.__iter__),
    (tuple, "tuple", tuple.__iter__),
    (set, "set", set.__iter__),
    (frozenset, "frozenset", frozenset.__iter__),
    (collections.deque, "deque", collections.deque.__iter__),
    (type({}.keys()), "keys", iter),
    (type({}.values()), "values", iter),
    (type({}.items()), "items", iter),
)


def _pair(pair: tuple[Any, Any], refer: Refer, depth: int) -> list[Any]:
    return [encode(pair[0], refer, depth + 1), encode(pair[1], refer, depth + 1)]


def _mapping(value: dict[Any, Any]) -> str:
    for kind, name in (
        (collections.Counter, "Counter"),
        (collections.OrderedDict, "OrderedDict"),
        (collections.defaultdict, "defaultdict"),
    ):
        if isinstance(value, kind):
            return name
    return "dict"


def _scalar(value: Any, refer: Refer, depth: int) -> Any:
    match value:
        case int():
            return encode(int.__index__(value), refer, depth)
        case float():
            return float.__float__(value)
        case str():
            return str.__str__(value)
        case complex():
            return {"$": "complex", "v": [complex(value).real, complex(value).imag]}
        case bytes() | bytearray():
            return {"$": "bytes" if isinstance(value, bytes) else "bytearray", "v": bytes(value).hex()}
        case range():
            return {"$": "range", "v": [hex(part) for part in (value.start, value.stop, value.step)]}
        case slice():
            return {
                "$": "slice",
                "v": [*_pair((value.start, value.stop), refer, depth), encode(value.step, refer)],
            }
        case decimal.Decimal() | fractions.Fraction():
            return {"$": "Decimal" if isinstance(value, decimal.Decimal) else "Fraction", "v": str(value)}
        case datetime.timedelta():
            return {"$": "timedelta", "v": [value.days, value.seconds, value.microseconds]}
        case datetime.datetime() | datetime.date() | datetime.time() if (
            getattr(value, "tzinfo", None) is None
        ):
            name = next(kind.__name__ for kind in _DATES if isinstance(value, kind))
            return {"$": name, "v": value.isoformat()}
    if value is NotImplemented or value is Ellipsis:
        return {"$": "builtin", "v": str(value)}
    if id(value) in _BUILTINS:
        return {"$": "builtin", "v": _BUILTINS[id(value)]}
    return _numeric(value, refer, depth)


def _numeric(value: Any, refer: Refer, depth: int) -> Any:
    """NumPy's scalars become Python's, its arrays nested lists that become arrays again."""
    if (type(value).__module__ or "").split(".")[0] != "numpy":
        return refer(value)
    if type(value).__name__ == "ndarray":
        return {"$": "ndarray", "v": encode(value.tolist(), refer, depth + 1), "t": str(value.dtype)}
    if callable(getattr(value, "item", None)) and not isinstance(value, type):
        return {"$": "numpy", "v": encode(value.item(), refer, depth + 1), "t": str(value.dtype)}
    return refer(value)


def decode(data: Any, resolve: Refer) -> Any:
    """The value that `encode` wrote; `resolve` looks up references.

    Raises:
        CopyError: the text is not ours.
    """
    if isinstance(data, list):
        return [decode(item, resolve) for item in data]
    if not isinstance(data, dict):
        return data
    try:
        kind: Any = data["$"]
        content: Any = data.get("v")
        if kind in _MAKERS:
            return _MAKERS[kind](decode(item, resolve) for item in content)
        if kind in _MAPPINGS:
            pairs = [(decode(key, resolve), decode(item, resolve)) for key, item in content]
            return _MAPPINGS[kind](pairs)
        if kind in _SCALARS:
            return _SCALARS[kind](content)
        if kind == "slice":
            return slice(*(decode(part, resolve) for part in content))
        if kind in {"ndarray", "numpy"}:
            return _array(kind, decode(content, resolve), data["t"])
        return resolve(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CopyError(f"a reply that is not ours: {type(error).__name__}: {error}") from error


def _array(kind: str, content: Any, dtype: str) -> Any:
    import numpy

    if numpy.dtype(dtype).hasobject:
        return numpy.array(content, dtype=object)
    return numpy.array(content, dtype=dtype) if kind == "ndarray" else numpy.dtype(dtype).type(content)


def _builtin(name: str) -> Any:
    if name in {"NotImplemented", "Ellipsis"}:
        return {"NotImplemented": NotImplemented, "Ellipsis": Ellipsis}[name]
    value = getattr(builtins, name)
    if _BUILTINS.get(id(value)) != name:
        raise ValueError(f"no builtin {name}")
    return value


def _counter(pairs: list[tuple[Any, Any]]) -> Any:
    counter: collections.Counter[Any] = collections.Counter()
    for key, count in pairs:
        counter[key] = count
    return counter


def _defaultdict(pairs: list[tuple[Any, Any]]) -> Any:
    return collections.defaultdict(None, pairs)


_MAKERS: dict[str, Callable[[Any], Any]] = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "deque": collections.deque,
    "keys": lambda items: dict.fromkeys(items).keys(),
    "values": lambda items: dict(enumerate(items)).values(),
    "items": lambda items: dict(items).items(),
}
_MAPPINGS: dict[str, Callable[[Any], Any]] = {
    "dict": dict,
    "Counter": _counter,
    "OrderedDict": collections.OrderedDict,
    "defaultdict": _defaultdict,
}
_SCALARS: dict[str, Callable[[Any], Any]] = {
    "int": lambda text: int(text, 16),
    "complex": lambda parts: complex(*parts),
    "bytes": bytes.fromhex,
    "bytearray": bytearray.fromhex,
    "range": lambda parts: range(*(int(part, 16) for part in parts)),
    "Decimal": decimal.Decimal,
    "Fraction": fractions.Fraction,
    "timedelta": lambda parts: datetime.timedelta(*parts),
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "builtin": _builtin,
}


def overwrite(target: Any, fresh: Any) -> None:
    """Gives a mutable argument the content that a call left in its copy."""
    match target:
        case list():
            if len(target) == len(fresh):
                for place, item in enumerate(fresh):
                    target[place] = _merged(target[place], item)
            else:
                target[:] = fresh
        case dict():
            merged = {
                key: _merged(target[key], item) if key in target else item for key, item in fresh.items()
            }
            target.clear()
            target.update(merged)
        case set():
            target.clear()
            target.update(fresh)
        case collections.deque():
            target.clear()
            target.extend(fresh)
        case bytearray():
            target[:] = fresh


def _merged(old: Any, fresh: Any) -> Any:
    """`old`, brought up to date, where it is mutable and of the same type; else `fresh`."""
    if type(old) is type(fresh) and isinstance(old, list | dict | set | bytearray | collections.deque):
        overwrite(old, fresh)
        return old
    return fresh


def is_module(value: Any) -> bool:
    """Whether `value` is a module."""
    return isinstance(value, types.ModuleType)
