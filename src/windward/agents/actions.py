"""Reads an action out of what a model wrote: Python to run, or a final answer. Tolerant, pure, never raises."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

_FENCE = re.compile(r"```[ \t]*([A-Za-z0-9_+-]*)[ \t]*\r?\n(.*?)(?:\r?\n[ \t]*```|```|\Z)", re.DOTALL)
_ONE_LINE = re.compile(r"```[ \t]*(?:python3?|py)[ \t]+([^\n`]+)```")
_NEXT_TAG = r"(?=<(?:thought|execute|solution)>)"
_EXECUTE = re.compile(rf"<execute>(.*?)(?:</execute>|{_NEXT_TAG}|\Z)", re.DOTALL)
_SOLUTION = re.compile(rf"<solution>(.*?)(?:</solution>|{_NEXT_TAG}|\Z)", re.DOTALL)
_WRAPPED = re.compile(r"\[PYTHON\](.*?)(?:\[/PYTHON\]|\Z)", re.DOTALL)
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


def parse_action(text: str, *, words: bool = True) -> Action:
    r"""The action in a completion.

    A `<solution>` makes the turn a proposal and an execute block in it is ignored, as in MINT; one that holds
    nothing is no action. Else code is what stands in `<execute>` tags, in Python fences or in `[PYTHON]` marks;
    several blocks are run as one. Else the last line `Answer: …` is an answer. What is forgiven is what recorded
    models do wrong: a missing end, a fence or marks within a tag, and, where the code does not parse with them,
    typographic quotes and escaped underscores (`my\_list`).

    Args:
        text: what a model wrote.
        words: whether `Answer: …` counts; not so where tags were asked for and proposals are few.
    """
    solution = _SOLUTION.findall(text)
    if solution:
        answer = "\n".join(part for part in map(_answer, solution) if part)
        return Action("answer", answer=answer) if answer else Action("none")
    blocks = _EXECUTE.findall(text) or _fenced(text) or _WRAPPED.findall(text)
    code = "\n".join(_undressed(block) for block in blocks if block.strip())
    if code:
        return Action("code", code=_repaired(code, _PLAIN_QUOTES))
    answers = _ANSWER.findall(text) if words else []
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


def _answer(block: str) -> str:
    """A proposal as it was meant; words are left as they stand."""
    block = block.strip()
    return _repaired(_undressed(block)) if block.startswith(("```", "[PYTHON]")) else _repaired(block)


def _undressed(block: str) -> str:
    """A fence or marks inside tags are taken off, and so is a common indent; whole Python is left as it is."""
    block = "\n".join(_WRAPPED.findall(block)) if block.lstrip().startswith("[PYTHON]") else block
    if is_python(plain := _dedented(block)):
        return plain
    inner = _fenced(block)
    return _dedented("\n".join(inner)) if inner else plain


def _dedented(block: str) -> str:
    lines = block.strip("\n").rstrip().splitlines()
    indents = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    return "\n".join(line[min(indents, default=0) :] for line in lines)


def _repaired(code: str, table: Mapping[int, str] | None = None) -> str:
    """The code with underscores unescaped and characters replaced, if only then it is Python."""
    if is_python(code):
        return code
    candidates = [code.replace("\\_", "_")]
    if table is not None:
        candidates += [code.translate(table), candidates[0].translate(table)]
    return next((candidate for candidate in candidates if is_python(candidate)), code)
