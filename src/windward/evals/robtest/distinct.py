"""Draws without repetition where a text has few: all of them, in random order, so that a shortfall is known at once."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import combinations, product
from math import prod

from windward.evals.robtest.dimension import Draw
from windward.evals.robtest.perturbed import Edit, units
from windward.evals.robtest.sentence import Sentence
from windward.evals.robtest.substitution import Variants, edits_of, word_draws

_FEW = 200
"""Up to so many draws are listed."""


def distinct_word_draws(
    sentence: Sentence, degree: float, variants: Variants, rng: random.Random
) -> Iterator[Draw]:
    """As `word_draws`; where there are few draws, each comes once."""
    size = len(sentence.words)
    most = units(size, degree)
    if not most:
        return
    found = {place: words for place in sentence.free if (words := variants(sentence, place))}
    most = min(most, len(found))
    if not most:
        return
    if _many([len(words) for words in found.values()], most):
        yield from word_draws(sentence, degree, variants, rng)
        return
    options = [edits_of(sentence, place, words) for place, words in found.items()]
    drawn: list[Sequence[Edit]] = [
        edits for chosen in combinations(options, most) for edits in product(*chosen)
    ]
    rng.shuffle(drawn)
    for edits in drawn:
        yield edits, most / size


def _many(sizes: Sequence[int], most: int) -> bool:
    """Whether there are more draws than are listed; those of the words with most variants alone tell it at once, mostly."""
    return prod(sorted(sizes)[-most:]) > _FEW or ways(sizes, most) > _FEW


def ways(sizes: Sequence[int], most: int) -> int:
    """In how many ways `most` words can change, one variant for each, where the words have `sizes` variants."""
    counts = [1] + [0] * most
    for size in sizes:
        for taken in range(most, 0, -1):
            counts[taken] += size * counts[taken - 1]
    return counts[most]
