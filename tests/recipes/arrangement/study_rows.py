"""Small pools and targets of two tasks for studies that are trained in seconds."""

import json
import random
from pathlib import Path

from windward.evals.dynamics import TestRow
from windward.models import Message

THINGS = [
    "apples",
    "boats",
    "candles",
    "drums",
    "elephants",
    "forks",
    "glaciers",
    "hammers",
    "islands",
    "jackets",
    "kettles",
    "lanterns",
    "mountains",
    "needles",
    "oranges",
    "pianos",
    "quilts",
    "rivers",
    "saddles",
    "trumpets",
    "umbrellas",
    "violins",
    "windows",
    "yachts",
    "zebras",
    "bridges",
    "castles",
    "dragons",
]
COLOURS = ("red", "blue", "green")


def asked(question: str, answer: str, task: str) -> TestRow:
    return TestRow((Message(role="user", content=question),), answer, task)


def sums(first: int, count: int) -> list[TestRow]:
    """Different things are counted in each."""
    rows = []
    for n in range(first, first + count):
        one, two = random.Random(n).sample(THINGS, 2)
        rows.append(asked(f"{n} {one} and {n + 7} {two}: how many together?", str(2 * n + 7), "sums"))
    return rows


def colours(first: int, count: int) -> list[TestRow]:
    """Different things are painted in each."""
    rows = []
    for n in range(first, first + count):
        one, two = random.Random(f"colour {n}").sample(THINGS, 2)
        rows.append(asked(f"Which colour suits {one} beside {two}, number {n}?", COLOURS[n % 3], "colours"))
    return rows


def written(path: Path, rows: list[TestRow]) -> Path:
    lines = [{"question": row.text, "answer": row.answer, "task": row.task} for row in rows]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path
