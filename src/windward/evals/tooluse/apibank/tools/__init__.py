"""API-Bank's 49 tools over a world in memory, by theme."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from windward.evals.tooluse.apibank.arguments import bind
from windward.evals.tooluse.apibank.tools.accounts import account_tools
from windward.evals.tooluse.apibank.tools.calendar import calendar_tools
from windward.evals.tooluse.apibank.tools.health import health_tools
from windward.evals.tooluse.apibank.tools.home import home_tools
from windward.evals.tooluse.apibank.tools.information import information_tools
from windward.evals.tooluse.apibank.tools.meetings import meeting_tools
from windward.evals.tooluse.apibank.tools.money import money_tools
from windward.evals.tooluse.apibank.world import World, new_world

Tool = Callable[..., Any]

_THEMES = (
    account_tools,
    calendar_tools,
    meeting_tools,
    health_tools,
    home_tools,
    money_tools,
    information_tools,
)


def _over(world: World) -> dict[str, Tool]:
    return {name: tool for theme in _THEMES for name, tool in theme(world).items()}


# Worked out once: evaluating the annotations of 49 tools costs more than all else that a world needs.
SIGNATURES: Mapping[str, inspect.Signature] = {
    name: inspect.signature(tool, eval_str=True) for name, tool in _over(World()).items()
}
"""What each tool takes, by name; annotations are types."""

_DOCSTRINGS = {name: inspect.getdoc(tool) for name, tool in _over(World()).items()}


def open_world(database: Mapping[str, Any]) -> dict[str, Tool]:
    """The tools by name, over a fresh world in the state of `database` (table by name), which stays as it is."""
    return tools_of(new_world(database))


def tools_of(world: World) -> dict[str, Tool]:
    """The tools by name, over `world`.

    Each has its name, signature and docstring, which describe it to a model; takes arguments of JSON types by
    position or name, read as `windward.evals.tooluse.apibank.arguments.bind` says; gives JSON types, which are the
    caller's own; and raises `ToolError` for whatever it refuses.
    """
    return {name: _guarded(name, tool) for name, tool in _over(world).items()}


def _guarded(name: str, tool: Tool) -> Tool:
    signature = SIGNATURES[name]

    def guarded(*args: Any, **kwargs: Any) -> Any:
        return copy.deepcopy(tool(**bind(signature, args, kwargs)))

    guarded.__name__ = guarded.__qualname__ = name
    guarded.__doc__ = _DOCSTRINGS[name]
    guarded.__signature__ = signature  # type: ignore[attr-defined]
    return guarded
