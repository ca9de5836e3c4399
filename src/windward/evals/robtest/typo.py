"""Typos: what fingers do to a word. A key is missed, hit twice, hit beside the right one, or two come in the wrong order.

General mode changes one character of a word; malicious mode changes characters wherever the degree still allows it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from windward.evals.robtest.dimension import Draw
from windward.evals.robtest.perturbed import Edit, Mode, applied, units
from windward.evals.robtest.sentence import Sentence
from windward.evals.robtest.word_dimension import WordDimension

_ROWS = (("qwertyuiop", 0.0), ("asdfghjkl", 0.25), ("zxcvbnm", 0.75))
_PLACES = {
    key: (row, column + shift) for row, (keys, shift) in enumerate(_ROWS) for column, key in enumerate(keys)
}
NEIGHBOURS = {
    key: "".join(
        other
        for other, (row, column) in _PLACES.items()
        if other != key and abs(row - own) <= 1 and abs(column - at) <= 1
    )
    for key, (own, at) in _PLACES.items()
}
"""The keys beside each letter on a QWERTY keyboard."""


@lru_cache(maxsize=100_000)
def typos(word: str) -> tuple[str, ...]:
    """Every single typo of a word, but for those that leave nothing of it or the word as it is."""
    found: dict[str, None] = {}
    for at, key in enumerate(word):
        before, after = word[:at], word[at + 1 :]
        found[before + after] = None
        found[before + key + key + after] = None
        for near in _beside(key):
            found[before + near + after] = None
            found[before + near + key + after] = None
        if at:
            found[word[: at - 1] + key + word[at - 1] + after] = None
    found.pop(word, None)
    found.pop("", None)
    return tuple(found)


def _beside(key: str) -> str:
    near = NEIGHBOURS.get(key.lower(), "")
    return near.upper() if key.isupper() else near


class Typo(WordDimension):
    """See the module."""

    name = "typo"
    modes: tuple[Mode, ...] = ("general", "malicious")
    resource = "QWERTY keyboard"

    def variants(self, sentence: Sentence, place: int) -> Sequence[str]:
        """See `WordDimension.variants`."""
        return typos(sentence.words[place])

    def anywhere(self, sentence: Sentence, degree: float, rng: random.Random) -> Iterator[Draw]:
        """See `WordDimension.anywhere`."""
        return _anywhere(sentence, degree, rng)


def _anywhere(sentence: Sentence, degree: float, rng: random.Random) -> Iterator[Draw]:
    """Typos at characters of free words, one at a character, none beside another, until the degree is used up."""
    text, size = sentence.text, len(sentence.text)
    most = units(size, degree)
    places = [at for place in sentence.free for at in range(*sentence.spans[place])]
    if not most or not places:
        return
    starts = {sentence.spans[place][0] for place in sentence.free}
    alone = {start for start, end in sentence.spans if end == start + 1}
    while True:
        left, taken, edits, realised = most, set[int](), list[Edit](), 0
        for at in rng.sample(places, len(places)):
            if at in taken:
                continue
            edit, cost = _typo(text, at, at not in starts and at - 1 not in taken, at in alone, rng)
            if cost > left:
                continue
            edits.append(edit)
            taken.update(range(edit.start, at + 1))
            left -= cost
            if not left:  # typos that stand close can make a smaller change together than one by one
                edits.sort()
                realised = Levenshtein.distance(text, applied(text, edits))
                left = most - realised
                if not left:
                    break
        if left:
            edits.sort()
            realised = Levenshtein.distance(text, applied(text, edits))
        yield edits, realised / size


def _typo(text: str, at: int, may_swap: bool, alone: bool, rng: random.Random) -> tuple[Edit, int]:
    """One typo at a character, and what it costs at most."""
    key = text[at]
    near = _beside(key)
    kind = int(rng.random() * 5)
    if kind == 0 and not alone:
        return Edit(at, at + 1, ""), 1
    if kind == 1 and may_swap and text[at - 1] != key:
        return Edit(at - 1, at + 1, key + text[at - 1]), 2
    if kind == 2 and near:
        return Edit(at, at + 1, near[int(rng.random() * len(near))]), 1
    if kind == 3 and near:
        return Edit(at, at + 1, near[int(rng.random() * len(near))] + key), 1
    return Edit(at, at + 1, key + key), 1
