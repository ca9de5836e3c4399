"""The rows that all clients judge, and how a reply is written and read: standard library only, for every environment.

A row is an instruction and four completions. Each completion says `mark-<n>`, and the endpoint rates it n: whoever
assigns a rating to the wrong completion has a wrong row, whatever the order in which the completions are shown.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

WORDS = ("river", "stone", "answer", "number", "garden", "letter", "window", "simple", "careful", "result")
RECORDS = "records.jsonl"
"""The same rows as our records, beside them."""

RATINGS = re.compile(r"^Text ([1-4]): ([1-5])$", re.MULTILINE)
TASK = """Below are an instruction and four answers to it. Judge how well each answer does what is asked, from 1 (not at \
all) to 5 (completely). Reply with one line for each answer, `Text <number>: <rating>`, and a sentence that says why.

Instruction: {instruction}
"""


def row(index: int, seed: int) -> dict[str, Any]:
    """Row number `index`: 1.6 kB of text, no two rows alike."""
    rng = random.Random(f"{seed}:{index}")
    marks = rng.sample(range(1, 6), 4)
    return {
        "id": name(index),
        "instruction": f"{name(index)} " + _text(rng, 30),
        "texts": [f"mark-{mark} " + _text(rng, 50) for mark in marks],
        "expected": marks,
    }


def as_record(row: dict[str, Any]) -> dict[str, Any]:
    """The row as a file of our records holds it."""
    completions = [{"model": f"model-{place}", "text": text} for place, text in enumerate(row["texts"])]
    return {
        "id": row["id"],
        "source": "bench",
        "instruction": row["instruction"],
        "completions": completions,
    }


def prepare(path: Path, count: int, seed: int) -> None:
    """Writes `count` rows, and the same as records."""
    with path.open("w") as rows, path.with_name(RECORDS).open("w") as records:
        for index in range(count):
            made = row(index, seed)
            rows.write(json.dumps(made) + "\n")
            records.write(json.dumps(as_record(made)) + "\n")


def name(index: int) -> str:
    """By which the endpoint tells rows apart."""
    return f"row-{index:06d}"


def _text(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words))


def prompt(row: dict[str, Any]) -> list[dict[str, str]]:
    """What clients without a task for this send: one message."""
    texts = "\n".join(f"Text {place}: {text}" for place, text in enumerate(row["texts"], 1))
    return [{"role": "user", "content": TASK.format(instruction=row["instruction"]) + texts}]


def read(text: str) -> list[int] | None:
    """The ratings of a plain reply, in the order of the texts; None where it has not all of them."""
    found = {int(place): int(rating) for place, rating in RATINGS.findall(text)}
    return [found[place] for place in range(1, 5)] if len(found) == 4 else None


def parser() -> argparse.ArgumentParser:
    """What a client is told on its command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--rows", type=Path, required=True, help="rows as JSON lines")
    parser.add_argument("--out", type=Path, required=True, help="where the judged rows go, as JSON lines")
    parser.add_argument("--folder", type=Path, required=True, help="what the client keeps between runs")
    parser.add_argument("--in-flight", type=int, required=True)
    return parser


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Reads JSON lines."""
    with path.open() as lines:
        yield from map(json.loads, lines)


def write(path: Path, judged: Iterable[tuple[str, Sequence[float | None] | None]]) -> None:
    """Writes what a client made of each row: its id, and ratings in the order of the row's completions."""
    with path.open("w") as out:
        for key, ratings in judged:
            out.write(json.dumps({"id": key, "ratings": ratings}) + "\n")
