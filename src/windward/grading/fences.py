"""The fenced blocks of a response that hold Python."""

from __future__ import annotations

import re

_FENCE = re.compile(r"^[ \t]*```[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(
    r"(?<!\n)(?<!\A)```[ \t]*(python3?|py)[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL | re.IGNORECASE
)
_PYTHON = frozenset({"py", "python", "python3"})


def python_blocks(response: str) -> list[str]:
    """The blocks marked as Python, in order; where none is marked, those of no language.

    A block that is not closed ends with the text. A fence may follow words on its line, if it names Python.
    """
    blocks = [(language.lower(), code) for language, code in _FENCE.findall(response)]
    marked = [code for language, code in blocks if language in _PYTHON]
    if not marked:
        marked = [code for _, code in _INLINE.findall(response)]
    return marked or [code for language, code in blocks if not language]
