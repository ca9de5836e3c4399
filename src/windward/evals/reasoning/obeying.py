"""A text that obeys the instructions of an IFEval prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def obeying(instructions: Sequence[str], kwargs: Sequence[Mapping[str, Any]], prompt: str) -> str | None:
    """None yet."""
    return None
