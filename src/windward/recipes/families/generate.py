"""Which families train, which are held out, and how many problems of each are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from windward.recipes.families import coding, tables, words
from windward.rows.problems import Kind, Problem

Maker = Callable[[Random], tuple[str, str]]


@dataclass(frozen=True)
class Family:
    """A family of problems that are alike: how an answer is checked, and how one is made."""

    kind: Kind
    make: Maker


TRAIN_FAMILIES: Mapping[str, Family] = {
    "gains": Family("math", words.gains),
    "losses": Family("math", words.losses),
    "shopping": Family("math", words.shopping),
    "basket": Family("math", words.basket),
    "change": Family("math", words.change),
    "sharing": Family("math", words.sharing),
    "journey": Family("math", words.journey),
    "savings": Family("math", words.savings),
    "together": Family("math", words.together),
    "multiple": Family("math", words.multiple),
    "packs": Family("math", words.packs),
    "bags": Family("math", words.bags),
    "table-total": Family("table", tables.total),
    "table-top": Family("table", tables.top),
    "code-formula": Family("code", coding.formula),
    "code-count-above": Family("code", coding.count_above),
    "code-scale": Family("code", coding.scale),
    "code-area": Family("code", coding.area),
}
TEST_FAMILIES: Mapping[str, Family] = {
    "trays": Family("math", words.trays),
    "ages": Family("math", words.ages),
    "reading": Family("math", words.reading),
    "average": Family("math", words.average),
    "pace": Family("math", words.pace),
    "lead": Family("math", words.lead),
    "spent": Family("math", words.spent),
    "table-above": Family("table", tables.above),
    "table-spread": Family("table", tables.spread),
    "code-sum-multiples": Family("code", coding.sum_multiples),
    "code-box": Family("code", coding.box),
    "code-sum-three": Family("code", coding.sum_three),
}


def make_problems(*, train: int, test: int, test_families: int, seed: int = 0) -> list[Problem]:
    """Draws the three splits; the families of a split take turns, and no prompt occurs twice.

    Args:
        train: problems of the train families to learn from.
        test: other problems of the same families.
        test_families: problems of families that training never sees: the harder and the honest test.
        seed: the same seed gives the same problems; a larger count only adds to a smaller one.
    """
    seen: set[str] = set()
    wanted = (
        ("test-families", TEST_FAMILIES, test_families),
        ("test", TRAIN_FAMILIES, test),
        ("train", TRAIN_FAMILIES, train),
    )
    drawn = {split: _draw(split, families, count, seed, seen) for split, families, count in wanted}
    return drawn["train"] + drawn["test"] + drawn["test-families"]


def _draw(split: str, families: Mapping[str, Family], count: int, seed: int, seen: set[str]) -> list[Problem]:
    names = list(families)
    generators = {name: Random(f"{seed}:{split}:{name}") for name in names}
    problems: list[Problem] = []
    while len(problems) < count:
        name = names[len(problems) % len(names)]
        prompt, reference = families[name].make(generators[name])
        if prompt in seen:
            continue
        seen.add(prompt)
        number = len(problems) // len(names)
        problems.append(
            Problem(f"{split}-{name}-{number:04d}", prompt, reference, families[name].kind, name, split)
        )
    return problems
