"""One end of the line between the tests' interpreter and the answer's: calls go over, copies come back.

Sent as source into both interpreters, after `copies.py`. Each end keeps the objects that it refers to;
the other end holds numbered stand-ins. A call may call back (a test passes a function), to any depth.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Iterator
from typing import Any

from windward.grading.code.copies import CopyError, decode, dumps, encode, overwrite


class Gone(BaseException):
    """The other end is no more; no `except Exception` of a test swallows this."""


class Peer:
    """One end.

    Args:
        exchange: sends a text to the other end and waits for its next.
    """

    def __init__(self, exchange: Callable[[str], str]) -> None:
        self._exchange = exchange
        self._kept: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._classes: dict[str, type[BaseException]] = {}

    # ---- references

    def refer(self, value: Any) -> Any:
        """The reference to an object: the other end's own, or one of ours, which is kept alive."""
        number = object.__getattribute__(value, "_number") if type(value) is Remote else None
        if number is not None:
            return {"$": "yours", "v": number}
        number = self._numbers.get(id(value))
        if number is None:
            number = len(self._kept) + 1
            self._numbers[id(value)], self._kept[number] = number, value
        return {
            "$": "mine",
            "v": number,
            "call": callable(value),
            "async": inspect.iscoroutinefunction(value),
        }

    def resolve(self, data: dict[str, Any]) -> Any:
        """The object, or a stand-in for it."""
        if data["$"] == "yours":
            return self._kept[data["v"]]
        if data["$"] == "mine":
            return Remote(self, int(data["v"]), bool(data.get("async")))
        raise CopyError(f"unknown kind {data['$']!r}")

    def encoded(self, value: Any) -> Any:
        """`value`, ready to be sent."""
        return encode(value, self.refer)

    def decoded(self, data: Any) -> Any:
        """The value received."""
        return decode(data, self.resolve)

    # ---- asking

    def ask(self, op: str, **fields: Any) -> Any:
        """Asks the other end and returns its answer, serving its questions meanwhile.

        Raises:
            BaseException: what the other end raised, by its name.
            Gone: the other end is no more.
        """
        text = self._exchange(dumps({"op": op, **fields}))
        while True:
            message = json.loads(text)
            if not isinstance(message, dict):
                raise CopyError("a reply that is not ours")
            if message.get("op") == "return":
                return message
            if message.get("op") == "raise":
                raise self._error(message)
            if message.get("op") == "gone":
                raise Gone(message.get("why", ""))
            text = self._exchange(dumps(self.answer(message)))

    def call(self, number: int, method: str | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Calls a kept object of the other end, and brings our arguments up to date with what it did to them."""
        message = self.ask(
            "call",
            on=number,
            method=method,
            args=[self.encoded(arg) for arg in args],
            kwargs={name: self.encoded(arg) for name, arg in kwargs.items()},
        )
        changed = message.get("changed") or {}
        for key, data in changed.items():
            target = args[int(key[1:])] if key[0] == "#" else kwargs[key[1:]]
            overwrite(target, self.decoded(data))
        return self.decoded(message["value"])

    def _error(self, message: dict[str, Any]) -> BaseException:
        """An exception of the same name: the built-in one, a library's, or one made for the answer's own class."""
        kind = self.error_class(str(message.get("name")), message.get("bases") or [])
        try:
            args = self.decoded(message.get("args") or [])
            return kind(*args)
        except Exception:
            return kind(str(message.get("text", "")))

    def error_class(self, name: str, bases: list[str]) -> type[BaseException]:
        """The class that stands here for an exception class of the other end."""
        import builtins

        known = getattr(builtins, name, None)
        if isinstance(known, type) and issubclass(known, Exception):
            return known
        if name not in self._classes:
            base = next(
                (getattr(builtins, b) for b in bases if isinstance(getattr(builtins, b, None), type)),
                Exception,
            )
            if not issubclass(base, Exception):
                base = Exception
            self._classes[name] = type(name, (base,), {})
        return self._classes[name]

    # ---- answering

    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        """Does what the other end asks; errors are answers too."""
        try:
            return self._do(message)
        except (Gone, KeyboardInterrupt):
            raise
        except BaseException as error:
            return self._described(error)

    def _described(self, error: BaseException) -> dict[str, Any]:
        bases = [base.__name__ for base in type(error).__mro__[1:] if base.__module__ == "builtins"]
        try:
            args, text = [self.encoded(arg) for arg in error.args], str(error)
        except Exception:
            args, text = [], ""
        return {
            "op": "raise",
            "name": type(error).__name__,
            "bases": bases,
            "args": args,
            "text": text[:2000],
        }

    def _do(self, message: dict[str, Any]) -> dict[str, Any]:
        target = self._kept[message["on"]]
        match message["op"]:
            case "call":
                return self._do_call(target, message)
            case "get":
                value = getattr(target, message["name"])
            case "set":
                setattr(target, message["name"], self.decoded(message["value"]))
                value = None
            case "same":
                value = bool(target == self.decoded(message["value"]))
            case "is":
                value = isinstance(self.decoded(message["value"]), target)
            case "bool":
                value = bool(target)
            case "next":
                try:
                    return {"op": "return", "value": [self.encoded(next(target))]}
                except StopIteration:
                    return {"op": "return", "value": []}
            case other:
                raise CopyError(f"unknown request {other!r}")
        return {"op": "return", "value": self.encoded(value)}

    def _do_call(self, target: Any, message: dict[str, Any]) -> dict[str, Any]:
        function = target if message.get("method") is None else getattr(target, message["method"])
        args = [self.decoded(arg) for arg in message["args"]]
        kwargs = {name: self.decoded(arg) for name, arg in message["kwargs"].items()}
        value = function(*args, **kwargs)
        if inspect.iscoroutine(value):
            value = asyncio.run(value)
        changed = {f"#{place}": arg for place, arg in enumerate(args)} | {
            f"={name}": arg for name, arg in kwargs.items()
        }
        before = {f"#{place}": arg for place, arg in enumerate(message["args"])} | {
            f"={name}": arg for name, arg in message["kwargs"].items()
        }
        differing = {}
        for key, arg in changed.items():
            if isinstance(before[key], list | dict) and before[key] != (now := self.encoded(arg)):
                differing[key] = now
        return {"op": "return", "value": self.encoded(value), "changed": differing}

    def keep(self, value: Any) -> int:
        """The number of a kept object."""
        return int(self.refer(value)["v"])


class Remote:
    """A stand-in for an object of the other end.

    It can be called, iterated, indexed and asked for attributes, each giving copies; it compares equal to
    another stand-in where the originals do, and to nothing else.
    """

    __slots__ = ("_awaited", "_number", "_peer")

    def __init__(self, peer: Peer, number: int, awaited: bool = False) -> None:
        object.__setattr__(self, "_peer", peer)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_awaited", awaited)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: D102
        if self._awaited:
            return _later(lambda: self._peer.call(self._number, None, args, kwargs))
        return self._peer.call(self._number, None, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__") and name not in {"__name__", "__doc__", "__dict__"}:
            raise AttributeError(name)
        return self._peer.decoded(self._peer.ask("get", on=self._number, name=name)["value"])

    def __setattr__(self, name: str, value: Any) -> None:
        self._peer.ask("set", on=self._number, name=name, value=self._peer.encoded(value))

    def __eq__(self, other: object) -> bool:
        if type(other) is not Remote:
            return False
        if other._number == self._number:
            return True
        return self._peer.ask("same", on=self._number, value=self._peer.encoded(other))["value"] is True

    def __hash__(self) -> int:
        return hash(("remote", self._number))

    def __bool__(self) -> bool:
        return self._peer.ask("bool", on=self._number)["value"] is not False

    def __iter__(self) -> Iterator[Any]:
        iterator = self._method("__iter__")
        if type(iterator) is not Remote:
            yield from iterator
            return
        while True:
            found = self._peer.ask("next", on=iterator._number)["value"]
            if not found:
                return
            yield self._peer.decoded(found[0])

    def __next__(self) -> Any:
        found = self._peer.ask("next", on=self._number)["value"]
        if not found:
            raise StopIteration
        return self._peer.decoded(found[0])

    def __contains__(self, item: object) -> bool:
        return any(item == mine for mine in self)

    def __len__(self) -> int:
        return int(self._method("__len__"))

    def __getitem__(self, key: Any) -> Any:
        return self._method("__getitem__", key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._method("__setitem__", key, value)

    def __delitem__(self, key: Any) -> None:
        self._method("__delitem__", key)

    def __str__(self) -> str:
        return str(self._method("__str__"))

    def __repr__(self) -> str:
        return str(self._method("__repr__"))

    def __enter__(self) -> Any:
        return self._method("__enter__")

    def __exit__(self, *_: object) -> None:
        self._method("__exit__", None, None, None)

    def _method(self, name: str, *args: Any) -> Any:
        return self._peer.call(self._number, name, args, {})


async def _later(ask: Callable[[], Any]) -> Any:
    return ask()
