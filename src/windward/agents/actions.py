"""Reads an action out of what a model wrote: Python to run, or a final answer. Tolerant, pure, never raises."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Literal

_FENCE = re.compile(r"```[ \t]*([A-Za-z0-9_+-]*)[ \t]*\r?\n(.*?)(?:\r?\n[ \t]*```|```|\Z)", re.DOTALL)
_ONE_LINE = re.compile(r"```[ \t]*(?:python3?|py)[ \t]+([^\n`]+)```")
_EXECUTE = re.compile(r"<execute>(.*?)(?:</execute>|\Z)", re.DOTALL)
_SOLUTION = re.compile(r"<solution>(.*?)(?:</solution>|\Z)", re.DOTALL)
_ANSWER = re.compile(
    r"^[ \t*]*(?:final[ \t]+)?answer[ \t*]*:[ \t*]*(.+?)[ \t*]*$", re.IGNORECASE | re.MULTILINE
)
_PYTHON = {"", "python", "python3", "py", "ipython", "tool_code"}
_PLAIN_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "\u00a0": " "})


@dataclass(frozen=True)
class Action:
    """What a model decided to do in a turn.

    Attributes:
        kind: `code` to run, an `answer` given in words, or `none` of both.
        code: Python to run; None unless `kind` is `code`.
        answer: the answer in words; None unless `kind` is `answer`.
    """

    kind: Literal["code", "answer", "none"]
    code: str | None = None
    answer: str | None = None


def parse_action(text: str) -> Action:
    """The action in a completion.

    A `<solution>` makes the turn a proposal and an execute block in it is ignored, as in MINT. Else code is
    what stands in `<execute>` tags, or in Python fences; several blocks are run as one. A missing end is
    forgiven, and so are typographic quotes where the code does not parse with them. Else the last line
    `Answer: …` is an answer.
    """
    solution = _SOLUTION.findall(text)
    if solution:
        return Action("answer", answer="\n".join(part.strip() for part in solution))
    blocks = _EXECUTE.findall(text) or _fenced(text)
    code = "\n".join(_undressed(block) for block in blocks if block.strip())
    if code:
        return Action("code", code=_with_plain_quotes(code))
    answers = _ANSWER.findall(text)
    return Action("answer", answer=answers[-1]) if answers else Action("none")


def is_python(code: str) -> bool:
    """Whether `code` passes a syntax check; nothing is run."""
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def closed(text: str) -> str:
    """`text` with the end fence that a stop string took from it, so that it is whole in a training row."""
    opened = len(re.findall(r"^[ \t]*```", text, re.MULTILINE))
    return f"{text.rstrip()}\n```" if opened % 2 else text.rstrip()


def _fenced(text: str) -> list[str]:
    found = [body for language, body in _FENCE.findall(text) if language.lower() in _PYTHON]
    return found or _ONE_LINE.findall(text)


def _undressed(block: str) -> str:
    """A fence inside execute tags is taken off, and so is a common indent."""
    inner = _fenced(block)
    lines = ("\n".join(inner) if inner else block).strip("\n").rstrip().splitlines()
    indents = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    return "\n".join(line[min(indents, default=0) :] for line in lines)


def _with_plain_quotes(code: str) -> str:
    if is_python(code):
        return code
    plain = code.translate(_PLAIN_QUOTES)
    return plain if is_python(plain) else code
