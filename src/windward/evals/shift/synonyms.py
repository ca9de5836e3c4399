"""WordNet's synonyms for the method `eda`: any word of any meaning, as its authors take them, but in the form of the word."""

from __future__ import annotations

from functools import lru_cache

from windward.evals.robtest.closed_class import CLOSED_CLASS
from windward.evals.robtest.relatives import cased
from windward.evals.robtest.tagging import forms, inflected, part_of
from windward.evals.robtest.wordnet import Part, senses, synset

_PARTS: tuple[Part, ...] = ("noun", "verb", "adj", "adv")
_SHORTEST = 3


def wordnet_synonyms(word: str) -> tuple[str, ...]:
    """Words that share a meaning with a word, in its letters' case; none for articles, negation and the like.

    A word that WordNet does not have itself is looked up by its lemmas, and what is found is inflected as it is (`movies`:
    `films`).

    Args:
        word: as it stands.

    Raises:
        RobTestError: WordNet was not found; the message says how to get it.
    """
    return tuple(cased(other, word) for other in _synonyms(word.lower()))


@lru_cache(maxsize=100_000)
def _synonyms(word: str) -> tuple[str, ...]:
    if word in CLOSED_CLASS or len(word) < _SHORTEST or not word.isalpha():
        return ()
    found = {other.replace("_", " "): None for part in _PARTS for other in _lemmas(word, part)}
    if not found:
        found = dict.fromkeys(_of_its_lemmas(word))
    found.pop(word, None)
    return tuple(found)


def _of_its_lemmas(word: str) -> list[str]:
    found = []
    for tag, lemmas in forms(word).items():
        if (part := part_of(tag)) is not None:
            others = (other for lemma in lemmas for other in _lemmas(lemma, part) if other.isalpha())
            found += [form for other in others if (form := inflected(other, tag))]
    return found


def _lemmas(word: str, part: Part) -> list[str]:
    return [lemma.lower() for sense in senses(word, part) for lemma in synset(part, sense.offset).lemmas]
