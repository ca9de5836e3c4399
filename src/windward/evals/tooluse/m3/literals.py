"""Reads a Python or JSON literal out of text that nobody trusts; nothing is evaluated."""

from __future__ import annotations

import ast
import json
from typing import Any

MAX_CHARS = 2_000
"""Longer texts are no literals here: deep nesting costs stack, and no answer of this benchmark is so long."""


def literal(text: str) -> Any:
    """The value of a literal: `[1, 2.5]`, `('A', 3)`, `{"T": 1}`, `'words'`, also JSON's `true` and `null`.

    Raises:
        ValueError: it is none, or longer than `MAX_CHARS`.
    """
    if len(text) > MAX_CHARS:
        raise ValueError(f"longer than {MAX_CHARS} characters")
    try:
        return python_literal(text)
    except ValueError:
        try:
            return json.loads(text)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def python_literal(text: str) -> Any:
    """The value of a Python literal.

    Raises:
        ValueError: it is none, or longer than `MAX_CHARS`.
    """
    if len(text) > MAX_CHARS:
        raise ValueError(f"longer than {MAX_CHARS} characters")
    try:
        return ast.literal_eval(text)
    except (SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ValueError(f"no literal: {type(error).__name__}") from error
