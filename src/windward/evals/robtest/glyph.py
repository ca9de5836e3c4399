"""Glyphs: characters that look like others, as in `fi1m`, `fílm`, or `fіlm` with the і of Ukrainian.

General mode changes one character of a word; malicious mode changes any characters of words, one for one.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from windward.evals.robtest.dimension import Draw
from windward.evals.robtest.glyph_alike import TWINS, alike
from windward.evals.robtest.perturbed import Edit, Mode, units
from windward.evals.robtest.sentence import Sentence
from windward.evals.robtest.word_dimension import WordDimension


@lru_cache(maxsize=100_000)
def glyphs(word: str) -> tuple[str, ...]:
    """Every word that differs from this one in a character that looks alike.

    A letter with a combining mark behind it stays: it has its accent already.
    """
    table = alike()
    found = []
    for at, letter in enumerate(word):
        if letter not in table or unicodedata.combining(word[at + 1 : at + 2] or "a"):
            continue
        others = (*table[letter], TWINS[letter]) if letter in TWINS else table[letter]
        found += [word[:at] + other + word[at + 1 :] for other in others]
    return tuple(found)


class Glyph(WordDimension):
    """See the module."""

    name = "glyph"
    modes: tuple[Mode, ...] = ("general", "malicious")
    resource = "Unicode confusables of Latin, Greek, Cyrillic and Armenian; accented letters; leet"

    def variants(self, sentence: Sentence, place: int) -> Sequence[str]:
        """See `WordDimension.variants`."""
        return _variants(sentence, place)

    def anywhere(self, sentence: Sentence, degree: float, rng: random.Random) -> Iterator[Draw]:
        """See `WordDimension.anywhere`."""
        return _anywhere(sentence, degree, rng)


def _variants(sentence: Sentence, place: int) -> Sequence[str]:
    end, word = sentence.spans[place][1], sentence.words[place]
    if _is_marked(sentence.text, end):
        return tuple(other for other in glyphs(word) if other[-1] == word[-1])
    return glyphs(word)


def _is_marked(text: str, at: int) -> bool:
    """Whether a combining mark stands at a place."""
    return at < len(text) and unicodedata.combining(text[at]) > 0


def _anywhere(sentence: Sentence, degree: float, rng: random.Random) -> Iterator[Draw]:
    """As many characters of free words as the degree allows, chosen alike.

    No character is put that the text has elsewhere. So each must be an edit of its own, and the Levenshtein distance is their number.
    """
    text, table = sentence.text, alike()
    most = units(len(text), degree)
    if not most:
        return
    held = frozenset(text)
    others = {
        letter: found
        for letter in held & table.keys()
        if (found := [c for c in table[letter] if c not in held])
    }
    places = [
        at
        for place in sentence.free
        for at in range(*sentence.spans[place])
        if text[at] in others and not _is_marked(text, at + 1)
    ]
    most = min(most, len(places))
    if not most:
        return
    realised, draw = most / len(text), rng.random
    while True:
        edits = []
        for at in sorted(rng.sample(places, most)):
            found = others[text[at]]
            edits.append(Edit(at, at + 1, found[int(draw() * len(found))]))
        yield edits, realised
