"""Texts that models wrote, as files can hold them."""

from __future__ import annotations

import re
from typing import Any

_HALF = re.compile("[\ud800-\udfff]")


def unbroken(text: str) -> str:
    """A text without halves of characters, which UTF-8 cannot hold: two that fit are joined, others become U+FFFD."""
    if not _HALF.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def all_unbroken(value: Any) -> Any:
    """The same of every text in lists and dicts."""
    if isinstance(value, str):
        return unbroken(value)
    if isinstance(value, list | tuple):
        return [all_unbroken(one) for one in value]
    if isinstance(value, dict):
        return {name: all_unbroken(one) for name, one in value.items()}
    return value


def listed(row: dict[str, Any], name: str) -> tuple[str, ...]:
    """A field that lists texts; nothing, and UltraFeedback's `["None"]`, are none.

    Raises:
        ValueError: it holds something else.
    """
    found = row.get(name)
    if found is None or found == ["None"]:
        return ()
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError(f"field {name}: expected a list of texts, found {found!r}")
    return tuple(found)
