"""Phonetic: words written as they sound, as in `skool`, `definately`, `there` for `their`.

General mode changes words by one character, as the paper does; malicious mode respells wherever the degree still allows it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial

from rapidfuzz.distance import Levenshtein

from windward.evals.robtest.dimension import Draw
from windward.evals.robtest.perturbed import Edit, Mode, applied, units
from windward.evals.robtest.phonetic_codes import sounds_alike
from windward.evals.robtest.phonetic_lexicon import Lexicon
from windward.evals.robtest.phonetic_respelling import Respelling, respellings
from windward.evals.robtest.phonetic_sounds import is_other_word, sounds
from windward.evals.robtest.relatives import cased
from windward.evals.robtest.sentence import Sentence
from windward.evals.robtest.substitution import character_draws
from windward.evals.robtest.word_dimension import WordDimension

_DISTANCE = 1
"""Levenshtein distance of a variant in general mode."""


class Phonetic(WordDimension):
    """See the module.

    Args:
        lexicon: spellings seen in the wild, which ANTHRO's rules choose from; None respells by the project's own rules.
    """

    name = "phonetic"
    modes: tuple[Mode, ...] = ("general", "malicious")

    def __init__(self, lexicon: Lexicon | None = None) -> None:
        self.resource = (
            "CMU dictionary and respelling rules of our own, for ANTHRO's lexicon of spellings seen in the wild"
            if lexicon is None
            else "ANTHRO's rules over a lexicon of the user's"
        )
        self._lexicon = lexicon
        self._known = lru_cache(maxsize=100_000)(partial(_variants, lexicon))

    def anywhere(self, sentence: Sentence, degree: float, rng: random.Random) -> Iterator[Draw]:
        """See `WordDimension.anywhere`."""
        if self._lexicon:
            return character_draws(sentence, degree, self._far, rng)
        return _anywhere(sentence, degree, rng)

    def variants(self, sentence: Sentence, place: int) -> Sequence[str]:
        """See `WordDimension.variants`."""
        return self._known(sentence.words[place], _DISTANCE)

    def _far(self, sentence: Sentence, place: int) -> Sequence[str]:
        word = sentence.words[place]
        return self._known(word, len(word))


def _variants(lexicon: Lexicon | None, word: str, distance: int) -> tuple[str, ...]:
    lower = word.lower()
    if lexicon:
        found = [other.lower() for other in lexicon.spellings(word, distance)]
    elif len(lower) == len(word):
        found = [_respelt(lower, [one]) for one in respellings(lower) if one.cost <= distance]
    else:  # letters whose small form is two
        found = []
    return tuple(dict.fromkeys(cased(other, word) for other in found if other != lower))


def _respelt(word: str, changes: Sequence[Respelling]) -> str:
    return applied(word, [Edit(one.start, one.end, one.after) for one in changes])


def _anywhere(sentence: Sentence, degree: float, rng: random.Random) -> Iterator[Draw]:
    """Respellings of free words that do not overlap, chosen alike, until the degree is used up or nothing fits."""
    text, size = sentence.text, len(sentence.text)
    most = units(size, degree)
    places = [
        place for place in sentence.free if len(sentence.words[place].lower()) == len(sentence.words[place])
    ]
    sites = [
        (place, one)
        for place in places
        for one in respellings(sentence.words[place].lower())
        if one.cost <= most
    ]
    if not most or not sites:
        return
    while True:
        left, realised = most, 0
        changed: dict[int, list[Respelling]] = {}
        edits: list[Edit] = []
        for place, one in rng.sample(sites, len(sites)):
            if one.cost > left:
                continue
            if place in changed and not (together := _together(sentence.words[place], changed[place], one)):
                continue
            changed[place] = together if place in changed else [one]
            left -= one.cost
            if not left:  # changes that stand close can make a smaller one together than one by one
                edits = _edits(sentence, changed)
                realised = Levenshtein.distance(text, applied(text, edits))
                left = most - realised
                if not left:
                    break
        if left:
            edits = _edits(sentence, changed)
            realised = Levenshtein.distance(text, applied(text, edits))
        yield edits, realised / size


def _together(word: str, changes: Sequence[Respelling], new: Respelling) -> list[Respelling]:
    """A word's changes with one more, if it can be made beside them: they keep the sound together, and make no other word."""
    if any(one.start < new.end and new.start < one.end for one in changes):
        return []
    found = sorted([*changes, new])
    lower = word.lower()
    made = _respelt(lower, found)
    if all(one.coded for one in found) and not sounds_alike(lower, made):
        return []
    return [] if sounds(made) and is_other_word(made, lower) else found


def _edits(sentence: Sentence, changed: dict[int, list[Respelling]]) -> list[Edit]:
    edits = []
    for place in sorted(changed):
        start, word = sentence.spans[place][0], sentence.words[place]
        for one in changed[place]:
            model = word if word.isupper() or not one.start else ""
            edits.append(Edit(start + one.start, start + one.end, cased(one.after, model)))
    return edits
