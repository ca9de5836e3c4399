"""WordNet's synonyms for the method `eda`: any word of any meaning, as its authors take them."""

from __future__ import annotations

from functools import lru_cache

from windward.evals.robtest.closed_class import CLOSED_CLASS
from windward.evals.robtest.relatives import cased
from windward.evals.robtest.wordnet import Part, senses, synset

_PARTS: tuple[Part, ...] = ("noun", "verb", "adj", "adv")


def wordnet_synonyms(word: str) -> tuple[str, ...]:
    """Words that share a meaning with a word, in its letters' case; none for articles, negation and the like.

    Args:
        word: as it stands.

    Raises:
        RobTestError: WordNet was not found; the message says how to get it.
    """
    return tuple(cased(other, word) for other in _lemmas(word.lower()))


@lru_cache(maxsize=100_000)
def _lemmas(word: str) -> tuple[str, ...]:
    if word in CLOSED_CLASS or not word.isalpha():
        return ()
    found: dict[str, None] = {}
    for part in _PARTS:
        for sense in senses(word, part):
            found |= dict.fromkeys(
                lemma.lower().replace("_", " ") for lemma in synset(part, sense.offset).lemmas
            )
    found.pop(word, None)
    return tuple(found)
