"""What dimensions share that put another word for a word: draws by words, and draws by characters."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from rapidfuzz.distance import Levenshtein

from windward.evals.robtest.dimension import Draw
from windward.evals.robtest.perturbed import Edit, Mode, Unit, applied, units
from windward.evals.robtest.sentence import Sentence

Variants = Callable[[Sentence, int], Sequence[str]]
"""What may stand for the word at a place, the word itself not among it; the same at every call."""


def unit_of(mode: Mode) -> Unit:
    """General changes are counted in words, malicious ones in characters."""
    return "words" if mode == "general" else "characters"


def edits_of(sentence: Sentence, place: int, variants: Sequence[str]) -> list[Edit]:
    """Each variant as the edit of its word."""
    start, end = sentence.spans[place]
    return [Edit(start, end, after) for after in variants]


def word_draws(sentence: Sentence, degree: float, variants: Variants, rng: random.Random) -> Iterator[Draw]:
    """Changes as many words as the degree allows, chosen alike, each for one of its variants."""
    count = len(sentence.words)
    most = units(count, degree)
    if not most:
        return
    options = [
        (*sentence.spans[place], found) for place in sentence.free if (found := variants(sentence, place))
    ]
    most = min(most, len(options))
    if not most:
        return
    realised = most / count
    draw, last = rng.random, len(options)
    order = list(range(last))
    while True:
        for at in range(most):  # the start of a shuffle: `rng.sample` takes three times as long
            other = at + int(draw() * (last - at))
            order[at], order[other] = order[other], order[at]
        edits = []
        for at in sorted(order[:most]):
            start, end, found = options[at]
            edits.append(Edit(start, end, found[int(draw() * len(found))]))
        yield edits, realised


def character_draws(
    sentence: Sentence, degree: float, variants: Variants, rng: random.Random
) -> Iterator[Draw]:
    """Changes words, chosen alike, for variants that fit into what is left of the degree, until nothing fits.

    What a draw realises is the Levenshtein distance of the whole text: that of its words, added up, can only be larger.
    """
    text = sentence.text
    most = units(len(text), degree)
    if not most:
        return
    options = []
    for place in sentence.free:
        word = sentence.words[place]
        costed = [
            (Levenshtein.distance(word, edit.after), edit)
            for edit in edits_of(sentence, place, variants(sentence, place))
        ]
        if fitting := [(cost, edit) for cost, edit in costed if cost <= most]:
            options.append(fitting)
    if not options:
        return
    while True:
        left, edits = most, []
        for at in rng.sample(range(len(options)), len(options)):
            fitting = [one for one in options[at] if one[0] <= left]
            if not fitting:
                continue
            cost, edit = rng.choice(fitting)
            edits.append(edit)
            left -= cost
            if not left:
                break
        edits.sort()
        yield edits, Levenshtein.distance(text, applied(text, edits)) / len(text)
