"""The sets that come with the project: made from its own lists and questions, and made again from any seed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from windward.evals.data import DataError
from windward.evals.unknown.generators import concepts, premises, replaced
from windward.evals.unknown.generators.concepts import InventedSet, invented_set
from windward.evals.unknown.generators.lists import read_lines, read_lists
from windward.evals.unknown.generators.premises import premise_set
from windward.evals.unknown.generators.replaced import ReplacedSet, read_questions, replaced_set
from windward.evals.unknown.generators.sets import SetRow

SETS = Path(__file__).parents[1] / "sets"
"""The sets, and in `sources/` what they are made from."""
SOURCES = SETS / "sources"
NAMES = (concepts.DATASET, replaced.DATASET, premises.DATASET)
"""Names of the sets."""
PAIRS = 15
"""Pairs of a category among the invented concepts."""


def own_set(name: str) -> Path:
    """The file of a set that comes with the project.

    Args:
        name: one of `NAMES`.

    Raises:
        DataError: there is no such set.
    """
    if name not in NAMES:
        raise DataError(f"no set of ours is named {name!r}; there are {', '.join(NAMES)}")
    return SETS / f"{name}.jsonl"


def make_own(seed: int = 0, words: Iterable[str] = ()) -> dict[str, list[SetRow]]:
    """All sets by name, from the project's own lists; with seed 0, no words and as they are, those that come with it.

    Args:
        seed: of all draws; what has no draws, the false premises, is the same for each.
        words: that exist, beside those of the lists.
    """
    known = [*words, *known_words()]
    return {
        concepts.DATASET: own_concepts(seed, known).rows,
        replaced.DATASET: own_replaced(seed, known).rows,
        premises.DATASET: premise_set(SOURCES / "false_premises.jsonl"),
    }


def own_concepts(seed: int, words: Iterable[str]) -> InventedSet:
    """The set of invented concepts, with its counts."""
    return invented_set(read_lists(SOURCES / "concepts"), PAIRS, seed, words)


def own_replaced(seed: int, words: Iterable[str]) -> ReplacedSet:
    """The set of replaced words, with its counts."""
    return replaced_set(read_questions(SOURCES / "questions.jsonl"), seed, words)


def known_words() -> list[str]:
    """Words of languages, names of towns and of medicines that came up when the sets were made, and so are in none of them."""
    return read_lines(SOURCES / "words.txt")
