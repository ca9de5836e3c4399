"""The two schemas in which an actor is asked to work: a chain of steps, or tools that are written first and then called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from windward.models import Message
from windward.rows import Problem

Schema = Literal["cot", "modular"]
SCHEMAS: tuple[Schema, ...] = ("cot", "modular")

_STEPS = (
    "Number your steps `Step 1:`, `Step 2:` and so on, and let the numbers run on through your text and through the comments "
    "in your code."
)
_HOW: Mapping[Schema, str] = {
    "cot": "Break the task up, and work through it one step after the other. Reason in words where words are enough; where "
    "something is to be computed, write one fenced block of Python, which is run for you.",
    "modular": "Break the task up, and first write the tools that it needs: Python functions that do one thing each, with a "
    "docstring. Then call them, in the same fenced block. The block is run for you.",
}
_ENDS: Mapping[str, str] = {
    "code": "The block must define what the task asks for.",
    "math": "The last thing that the block prints is your answer. Without a block, end with a line `Answer: …`.",
    "table": "The last thing that the block prints is your answer. Without a block, end with a line `Answer: …`.",
}


def schema_opening(problem: Problem, schema: Schema) -> list[Message]:
    """The messages of a first turn in a schema: how to work, then the problem as it stands."""
    told = "\n".join((_HOW[schema], _STEPS, _ENDS[problem.kind]))
    return [{"role": "system", "content": told}, {"role": "user", "content": problem.prompt}]
