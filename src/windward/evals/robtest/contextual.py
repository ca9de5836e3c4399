"""Contextual: a word that fits where another one stood, whether or not it means the same.

What fits is proposed by a masked language model (`contextual_masked`); where there is none, by WordNet, and judged by a
causal one (`contextual_rescored`, the default). Opposites, other forms, closed classes, numbers, names and negation are left out either way.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Protocol

from windward.evals.robtest.closed_class import CLOSED_CLASS
from windward.evals.robtest.sentence import Sentence
from windward.evals.robtest.synonym import fitted, is_bound, stem
from windward.evals.robtest.tagging import forms, part_of, tags
from windward.evals.robtest.word_dimension import WordDimension
from windward.evals.robtest.wordnet import antonyms

_WORD = re.compile(r"[^\W\d_]{2,}")
_MOST = 10
"""Words for a word."""
_KEPT = 20_000
"""Texts whose words are remembered."""


class Proposals(Protocol):
    """What proposes words by their context.

    Attributes:
        resource: in words; a substitute is called one.
    """

    resource: str

    def words(self, sentence: Sentence, places: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """Words in lower case that fit at each of the places, the best first; the same at every call."""
        ...


class Contextual(WordDimension):
    """See the module.

    A text's words are proposed once, for all degrees and samples.

    Args:
        proposals: None is WordNet's words rescored by the embedded model, which is loaded when it is first needed.
    """

    name = "contextual"

    def __init__(self, proposals: Proposals | None = None) -> None:
        if proposals is None:
            from windward.evals.robtest.contextual_rescored import Rescored

            proposals = Rescored()
        self.resource = proposals.resource
        self._proposals = proposals
        self._found: OrderedDict[tuple[str, tuple[int, ...]], dict[int, tuple[str, ...]]] = OrderedDict()

    def variants(self, sentence: Sentence, place: int) -> Sequence[str]:
        """See `WordDimension.variants`."""
        key = sentence.text, sentence.free
        if key not in self._found:
            self._found[key] = self._of(sentence)
            if len(self._found) > _KEPT:
                self._found.popitem(last=False)
        return self._found[key].get(place, ())

    def _of(self, sentence: Sentence) -> dict[int, tuple[str, ...]]:
        found = tags(sentence)
        places = [
            place
            for place in sentence.free
            if part_of(found[place]) and not is_bound(sentence, place) and _is_open(sentence.words[place])
        ]
        if not places:
            return {}
        made = {}
        for place, words in self._proposals.words(sentence, places).items():
            own = stem(sentence.words[place])[0].lower()
            opposed = _opposed(own, found[place])
            kept = [
                word
                for word in dict.fromkeys(words)
                if _is_open(word)
                and word != own
                and _has_form(word, found[place])
                and not _lemmas(word, found[place]) & opposed
            ]
            made[place] = fitted(sentence, place, kept[:_MOST])
        return made


def _is_open(word: str) -> bool:
    word = stem(word)[0].lower()
    return bool(_WORD.fullmatch(word)) and word not in CLOSED_CLASS


def _has_form(word: str, tag: str) -> bool:
    known = forms(word)
    return not known or tag in known or (tag == "VBP" and "VB" in known)


def _lemmas(word: str, tag: str) -> set[str]:
    """What a word can be a form of, itself among it."""
    return {word}.union(*(lemmas for kind, lemmas in forms(word).items() if kind[:2] == tag[:2]))


def _opposed(word: str, tag: str) -> set[str]:
    part = part_of(tag)
    return {other for lemma in _lemmas(word, tag) for other in antonyms(lemma, part)} if part else set()
