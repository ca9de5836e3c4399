"""Reads an action out of what a model wrote: Python to run, or a final answer. Tolerant, pure, never raises."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from windward.agents.blocks import answers, executed, fenced, solutions, spoken, wrapped
from windward.agents.calls import Call

_PYTHON = {"", "python", "python3", "py", "ipython", "tool_code"}
_PLAIN_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "\u00a0": " "})


@dataclass(frozen=True)
class Action:
    """What a model decided to do in a turn.

    Attributes:
        kind: `code` to run, a `call` of one tool, an `answer` given in words, or `none` of these.
        code: Python to run; None unless `kind` is `code`.
        answer: the answer in words; None unless `kind` is `answer`.
        call: the tool and its arguments; None unless `kind` is `call`.
        ignored: further calls in the same text, which are not made.
    """

    kind: Literal["code", "call", "answer", "none"]
    code: str | None = None
    answer: str | None = None
    call: Call | None = None
    ignored: int = 0


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
    text = spoken(text)
    if (proposed := proposal(text)) is not None:
        return proposed
    blocks = executed(text) or fenced(text, _PYTHON) or wrapped(text)
    code = "\n".join(_undressed(block) for block in blocks if block.strip())
    if code:
        return Action("code", code=_repaired(code, _PLAIN_QUOTES))
    return in_words(text) if words else Action("none")


def proposal(text: str) -> Action | None:
    """What `<solution>` tags make of a turn: an answer, or nothing where they are empty; None without any."""
    blocks = solutions(text)
    if not blocks:
        return None
    answer = "\n".join(part for part in map(_answer, blocks) if part)
    return Action("answer", answer=answer) if answer else Action("none")


def in_words(text: str) -> Action:
    """The last line `Answer: …` as an answer."""
    found = answers(text)
    return Action("answer", answer=found[-1]) if found else Action("none")


def is_python(code: str) -> bool:
    """Whether `code` passes a syntax check; nothing is run."""
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _answer(block: str) -> str:
    """A proposal as it was meant; words are left as they stand."""
    block = block.strip()
    return _repaired(_undressed(block)) if block.startswith(("```", "[PYTHON]")) else _repaired(block)


def _undressed(block: str) -> str:
    """A fence or marks inside tags are taken off, and so is a common indent; whole Python is left as it is."""
    block = "\n".join(wrapped(block)) if block.lstrip().startswith("[PYTHON]") else block
    if is_python(plain := _dedented(block)):
        return plain
    inner = fenced(block, _PYTHON)
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
