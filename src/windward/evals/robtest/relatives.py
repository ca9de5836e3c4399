"""What WordNet offers in place of a word: lemmas of its frequent meanings, in the form and letter case that the word has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from windward.evals.robtest.closed_class import CLOSED_CLASS
from windward.evals.robtest.tagging import forms, inflected, is_common, part_of
from windward.evals.robtest.wordnet import Part, Sense, antonyms, senses, siblings, synset

_WORD = re.compile(r"[a-z]{3,}")
_BASE = {"NN", "VB", "VBP", "JJ", "RB"}
_SHARE = 0.2
"""A meaning is frequent from this share of all that a word was met with in WordNet's tagged texts."""
_MOST = 3
_RARE = 2
"""Frequent meanings at most; and of a word that was never met."""


@lru_cache(maxsize=100_000)
def synonyms(word: str, tag: str) -> tuple[str, ...]:
    """Words that can stand for a word of a part of speech, in lower case and in its form.

    They share one of its frequent meanings, which is a frequent one of theirs too, so that no rare word of many meanings
    comes in; adjectives take the head of their cluster besides (`hilarious`: `humorous`). Antonyms of any meaning are
    left out, all that is not one plain word, and forms that neither news nor books know (`hebdomad` for `week`).

    Args:
        word: as it stands, in lower case.
        tag: of Penn's.
    """
    return _of(word, tag, wide=False)


@lru_cache(maxsize=100_000)
def relatives(word: str, tag: str) -> tuple[str, ...]:
    """As `synonyms`, and the words beside its frequent meanings: of one kind with it, or similar."""
    return _of(word, tag, wide=True)


def cased(word: str, model: str) -> str:
    """A word in the letter case of another one."""
    if len(model) > 1 and model.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if model[:1].isupper() else word


def _of(word: str, tag: str, *, wide: bool) -> tuple[str, ...]:
    part = part_of(tag)
    if part is None or word in CLOSED_CLASS or not _WORD.fullmatch(word):
        return ()
    found: dict[str, None] = {}
    for lemma in _lemmas(word, tag):
        if lemma in CLOSED_CLASS:
            continue
        opposed = antonyms(lemma, part)
        for other in _others(lemma, part, wide):
            if other == lemma or other in opposed or other in CLOSED_CLASS or not _WORD.fullmatch(other):
                continue
            form = other if tag in _BASE else inflected(other, tag)
            if form and form != word and is_common(form) and _WORD.fullmatch(form):
                found[form] = None
    return tuple(found)


def _lemmas(word: str, tag: str) -> Iterable[str]:
    known = forms(word)
    if tag in known:
        return known[tag]
    if tag in ("VBN", "VBD") and (both := known.get("VBN", known.get("VBD"))):
        return both
    return (word,) if tag in _BASE else ()


def _others(lemma: str, part: Part, wide: bool) -> Iterable[str]:
    for sense in _frequent(lemma, part):
        same = synset(part, sense.offset)
        mates = list(same.lemmas)
        heads = [to for to in same.pointers if to.kind == "&"]
        if len(heads) == 1:  # a satellite; a head has many
            mates.append(synset(heads[0].part, heads[0].offset).lemmas[0])
        meanings = {sense.offset, *(to.offset for to in heads)}
        for mate in mates:
            if any(one.offset in meanings for one in _frequent(mate.lower(), part)):
                yield mate
        if wide:
            yield from (near for near in siblings(part, sense.offset) if _is_first(near.lower(), part))


def _is_first(lemma: str, part: Part) -> bool:
    found = senses(lemma, part)
    return bool(found) and found[0].times > 0


@lru_cache(maxsize=100_000)
def _frequent(lemma: str, part: Part) -> tuple[Sense, ...]:
    found = senses(lemma, part)
    total = sum(sense.times for sense in found)
    if not total:
        return found[:_RARE]
    return tuple(sense for sense in found if sense.times >= _SHARE * total)[:_MOST]
