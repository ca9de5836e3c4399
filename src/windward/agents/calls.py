"""One call of a tool, whichever way a model wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
