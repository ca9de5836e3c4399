"""Instructions whose aspects can be computed: a subject and one or two orders, or a small sum. Ours, drawn by a seed."""

from __future__ import annotations

from itertools import cycle
from random import Random
from typing import Any

from windward.feedback.records import Record
from windward.recipes.errors import RecipeError
from windward.recipes.feedback_study.orders import CLASHING, ORDERS, Order
from windward.recipes.feedback_study.subjects import SUBJECTS, TASKS

SOURCES = ("one-order", "two-orders", "sums")
"""In turn, so that each is a third of any number of instructions."""

SUM_ORDERS = ("short", "no_comma", "begins")
TRIES = 200
"""Draws of one instruction that is not there yet, before they are said to be used up."""


def study_records(count: int, seed: int = 0) -> list[Record]:
    """Draws distinct instructions with the checks that decide their aspects.

    `one-order` and `two-orders` ask to write about a subject under one or two orders (instruction following), and a word of
    the subject must occur (helpfulness). `sums` asks for a sum, a product or a word problem under one order: the number
    decides truthfulness, and an answer that never says it does not help.

    Args:
        count: instructions.
        seed: the same seed gives the same records, and the first of a larger count.

    Raises:
        RecipeError: there are not so many distinct ones, or count is no number of instructions.
    """
    if count < 1:
        raise RecipeError(f"{count} instructions were asked for; at least 1 is needed")
    lot, seen, made = Random(f"instructions/{seed}"), set[str](), list[Record]()
    for source in cycle(SOURCES):
        if len(made) == count:
            return made
        for _ in range(TRIES):
            text, checks, right = _sum(lot) if source == "sums" else _note(lot, 2 if "two" in source else 1)
            if text not in seen:
                break
        else:
            raise RecipeError(f"after {len(made)} instructions {source!r} has none left: ask for fewer")
        seen.add(text)
        made.append(Record(f"{source}-{len(made):04d}", source, text, correct_answers=right, checks=tuple(checks)))  # fmt: skip
    raise AssertionError("unreachable: the sources repeat")


def _note(lot: Random, orders: int) -> tuple[str, list[dict[str, Any]], tuple[str, ...]]:
    """Something to write about a subject, under so many orders."""
    subject = lot.choice(SUBJECTS)
    drawn = [ORDERS[name](lot, subject) for name in _compatible(lot, orders)]
    about = {"kind": "mentions", "any_of": list(subject.words)}
    return _text(lot.choice(TASKS).format(subject.name), drawn), [*(check for _, check in drawn), about], ()


def _compatible(lot: Random, count: int) -> list[str]:
    while True:
        names = lot.sample(sorted(ORDERS), count)
        if not any(clash <= set(names) for clash in CLASHING):
            return names


def _sum(lot: Random) -> tuple[str, list[dict[str, Any]], tuple[str, ...]]:
    """A sum, a product or a word problem, under an order."""
    a, b = lot.randint(2, 9), lot.randint(2, 9)
    c, d = lot.randint(10, 40), lot.randint(2, 9)
    asked, result = lot.choice(
        (
            (f"What is {c} plus {d}?", c + d),
            (f"What is {a} times {b}?", a * b),
            (f"Tom has {c} coins and finds {d} more. How many coins does he have now?", c + d),
            (f"There are {c} birds on a roof and {d} fly away. How many birds are left?", c - d),
        )
    )
    drawn = [ORDERS[lot.choice(SUM_ORDERS)](lot, SUBJECTS[0])]
    checks = [
        *(check for _, check in drawn),
        {"kind": "answer", "reference": str(result), "problem_kind": "math"},
        {"kind": "mentions", "any_of": [str(result)]},
    ]
    return _text(asked, drawn), checks, (str(result),)


def _text(task: str, orders: list[Order]) -> str:
    return " ".join([task, *(sentence for sentence, _ in orders)])
