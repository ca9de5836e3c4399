"""What a plan is made of."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from windward.agents import Call

Steps = Generator[Call, Any, Any]
"""Yields calls, is sent their results, returns a value."""


def use(tool: str, *args: Any) -> Steps:
    """One call, and its result."""
    return (yield Call(tool, args))
