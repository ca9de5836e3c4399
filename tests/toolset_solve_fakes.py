"""A small library, problems it can solve, and a model that is told what to write: for tests of solving."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from windward.models import Message, scripted
from windward.models.scripted_model import Scripted
from windward.toolsets.records import Tool
from windward.toolsets.toolset import Toolset

TABLE = "Name: Sales\nUnit: $\nContent:\nDay | Sold\nMonday | 3\nTuesday | 8"
MEAN = 'def mean_of_numbers(numbers):\n    """Takes the mean of numbers."""\n    return sum(numbers) / len(numbers)'
LARGEST = 'def largest_of_numbers(numbers):\n    """Finds the largest of numbers."""\n    return max(numbers)'
COUNT = 'def count_apples(apples):\n    """Counts apples that are left."""\n    return len(apples)'
TOOLS = (
    Tool("mean", "What is the mean of the numbers?", "5", code=MEAN, call="print(mean_of_numbers([4, 6]))"),
    Tool(
        "largest", "What is the largest number?", "6", code=LARGEST, call="print(largest_of_numbers([4, 6]))"
    ),
    Tool("count", "How many apples are left?", "2", code=COUNT, call="print(count_apples([1, 1]))"),
)
PLAN = "Name: mean_of_numbers\nName: largest_of_numbers\nDocstring: Takes the mean of numbers."
QUESTIONS = {
    "mean of 3 and 8": "5.5",
    "mean of 1 and 2": "1.5",
    "mean of 1, 2 and 3": "2",
    "mean of 10 and 11": "10.5",
}


class Letters:
    """An encoder that counts letters."""

    name = "letters"

    def encode(self, texts: Sequence[str]) -> Any:
        """Vectors [n, 26]."""
        return np.array(
            [[text.lower().count(chr(97 + at)) for at in range(26)] for text in texts], np.float32
        )


def write_library(folder: Path) -> Path:
    """A folder with the three tools."""
    Toolset(TOOLS).save(folder)
    return folder


def write_problems(path: Path) -> Path:
    """A file with the questions, with a table each."""
    rows = [{"id": f"p{number}", "question": f"What is the {question}?", "answer": answer, "table": TABLE}
            for number, (question, answer) in enumerate(QUESTIONS.items())]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def block(code: str) -> str:
    """A reply that is a program."""
    return f"```python\n{code}\n```"


def planning(messages: Sequence[Message]) -> bool:
    """Whether a planner is asked."""
    return "searched for" in messages[0]["content"]


def said_of(messages: Sequence[Message]) -> str:
    """What a model that plans and uses the mean writes."""
    if planning(messages):
        return PLAN
    asked = messages[-1]["content"]
    question = next(question for question in QUESTIONS if f"What is the {question}?" in asked)
    numbers = question.removeprefix("mean of ").replace(" and ", ", ")
    if "def mean_of_numbers" in asked:
        return block(f"print(mean_of_numbers([{numbers}]))")
    return "I would take the mean." if "10" in numbers else block("print(2)")


def model() -> Scripted:
    """As `said_of`."""
    return scripted(said_of)
