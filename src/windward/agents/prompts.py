"""How a problem is put to a model: worked examples of its kind, then the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from windward.models import Message
from windward.rows import Problem

STOP = ("```\n",)
"""A reply ends at its closing fence; an opening one is followed by its language, not by a line end."""

_PRINTS = "Write Python code that prints the answer."
_TAILS: Mapping[str, str] = {"math": _PRINTS, "table": _PRINTS, "code": "Write Python code."}

# None of these is built like a family of the held-out split.
_EXAMPLES: Mapping[str, Sequence[tuple[str, str]]] = {
    "math": (
        (
            "Tom packs 4 boxes with 12 eggs each, and 7 eggs are left over. How many eggs does Tom have?",
            "eggs = 4 * 12\ntotal = eggs + 7\nprint(total)",
        ),
        (
            "Lea has 30 nuts and eats 8 of them. How many nuts does Lea still have?",
            "left = 30 - 8\nprint(left)",
        ),
        (
            "A rope of 24 m is cut into 6 equal parts. How long is one part in m?",
            "part = 24 / 6\nprint(part)",
        ),
    ),
    "table": (
        (
            "month | rain\nMay | 31\nJune | 18\nJuly | 7\nHow many mm of rain fell in the driest month?",
            "rain = [31, 18, 7]\nprint(min(rain))",
        ),
        (
            "team | wins\nReds | 4\nBlues | 9\nHow many wins do the teams have on average?",
            "wins = [4, 9]\nprint(sum(wins) / len(wins))",
        ),
    ),
    "code": (
        (
            "Write a function half_sum(a, b) that returns half of the sum of a and b.",
            "def half_sum(a, b):\n    return (a + b) / 2",
        ),
        (
            "Write a function evens(numbers) that returns the even numbers.",
            "def evens(numbers):\n    return [n for n in numbers if n % 2 == 0]",
        ),
    ),
}


def question(problem: Problem) -> Message:
    """The problem alone, as the user asks it."""
    return {"role": "user", "content": _asked(problem.prompt, problem.kind)}


def opening(problem: Problem) -> list[Message]:
    """The messages of a first turn: the worked examples of the problem's kind, then the problem."""
    messages: list[Message] = []
    for prompt, code in _EXAMPLES[problem.kind]:
        messages.append({"role": "user", "content": _asked(prompt, problem.kind)})
        messages.append({"role": "assistant", "content": f"```python\n{code}\n```"})
    return [*messages, question(problem)]


def _asked(prompt: str, kind: str) -> str:
    return f"{prompt}\n{_TAILS[kind]}"
