"""A tool is a plain typed function: its signature and docstring are what a model is told of it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any, Literal

Tools = Mapping[str, Callable[..., Any]]
Space = Literal["code", "json", "text"]
"""How actions are written: Python, one JSON object, or one line of text."""


def described(tools: Tools, space: Space = "code") -> str:
    """Each tool as an action of that space calls it, with its documentation; a blank line between two."""
    form = {"code": _as_code, "json": _as_json, "text": _as_text}[space]
    return "\n\n".join(
        f"{form(name, inspect.signature(function, eval_str=True))}\n{inspect.getdoc(function) or ''}".rstrip()
        for name, function in tools.items()
    )


def _as_code(name: str, signature: inspect.Signature) -> str:
    return f"{name}{signature}"


def _as_json(name: str, signature: inspect.Signature) -> str:
    shown = json.dumps(
        {"tool": name, "args": [f"<{one}>" for one in _arguments(signature)]}, ensure_ascii=False
    )
    return f"{shown}{_returns(signature)}"


def _as_text(name: str, signature: inspect.Signature) -> str:
    return ", ".join([name, *(f"<{one}>" for one in _arguments(signature))]) + _returns(signature)


def _arguments(signature: inspect.Signature) -> list[str]:
    """`name: type` of each, without a default; a variadic one ends in dots."""
    shown = []
    for parameter in signature.parameters.values():
        hint = parameter.annotation
        typed = "" if hint is parameter.empty else f": {inspect.formatannotation(hint)}"
        more = " …" if parameter.kind is parameter.VAR_POSITIONAL else ""
        optional = "" if parameter.default is parameter.empty else ", optional"
        shown.append(f"{parameter.name}{typed}{optional}{more}")
    return shown


def _returns(signature: inspect.Signature) -> str:
    hint = signature.return_annotation
    return "" if hint is signature.empty else f" -> {inspect.formatannotation(hint)}"
