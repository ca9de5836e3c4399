"""Can a reader restore what was written? For changes of form: typos, look-alike characters, spellings by sound.

Characters that look alike are folded to one first (as the skeletons of Unicode's UTS 39); then a word is legible where few of its
characters differ, and it has not become another English word that sounds different (`food` for `good`). No sentence encoder is asked: these changes attack its word pieces, and a person reads through them.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from functools import cache, lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from windward.evals.robtest.glyph_alike import TWINS, alike
from windward.evals.robtest.perturbed import Perturbed
from windward.evals.robtest.phonetic_codes import codex
from windward.evals.robtest.phonetic_sounds import is_other_word
from windward.evals.robtest.sentence import Sentence


@lru_cache(maxsize=200_000)
def skeleton(word: str) -> str:
    """A word with all characters that look alike made one, letter case among them: `fі1m`, `film` and `FILM` have one skeleton."""
    folded = word.translate(_folding())
    for letter, pair in _twins():
        folded = folded.replace(pair, letter)
    return folded


@cache
def _folding() -> dict[int, str]:
    parent: dict[str, str] = {}

    def root(letter: str) -> str:
        while parent.setdefault(letter, letter) != letter:
            letter = parent[letter]
        return letter

    table = alike()
    for letter in string.ascii_letters:
        for other in (letter, *table[letter]):
            parent[root(other)] = root(letter.lower())
    return {ord(letter): root(letter) for letter in tuple(parent)}


@cache
def _twins() -> tuple[tuple[str, str], ...]:
    """Two characters that look like one, both folded."""
    folding = _folding()
    found = {letter.translate(folding): pair.translate(folding) for letter, pair in TWINS.items()}
    return tuple(found.items())


def legible(
    samples: Sequence[Perturbed],
    sentences: Sequence[Sentence],
    share: float = 1 / 3,
    *,
    by_sound: bool = False,
) -> NDArray[np.float64]:
    """The share of each text's words that can still be read, [n].

    A word can be read where its skeleton is at most ⌈share · length⌉ edits from that of the original (two neighbours that changed
    places are one edit: optimal string alignment), and it is no other English word, unless one that sounds the same. A word that is as
    it was counts, and so does a text without words.

    Args:
        samples: changed texts, [n].
        sentences: the text of each, [n].
        share: of a word's characters.
        by_sound: for spellings by sound, a word can be read too where its consonants (`codex`) are that close: `kommiddi` for `comedy`.
    """
    owners: list[int] = []
    before: list[str] = []
    after: list[str] = []
    spread: list[int] = []
    other: list[bool] = []
    for place, (sample, sentence) in enumerate(zip(samples, sentences, strict=True)):
        for words, old, new in changed(sample, sentence):
            owners.append(place)
            spread.append(words)
            before.append(old.lower())
            after.append(new.lower())
            other.append(_became(before[-1], after[-1]))
    lost = np.zeros(len(samples))
    if owners:
        far = _far([skeleton(word) for word in before], [skeleton(word) for word in after], share)
        if by_sound:
            far &= _far([codex(word) for word in before], [codex(word) for word in after], share)
        np.add.at(lost, np.array(owners), np.array(spread) * (far | np.array(other)))
    sizes = np.array([max(len(sentence.spans), 1) for sentence in sentences], dtype=np.float64)
    return np.asarray(1 - lost / sizes)


def _far(before: Sequence[str], after: Sequence[str], share: float) -> NDArray[np.bool_]:
    distances = cpdist(before, after, scorer=OSA.distance, dtype=np.int32)
    return np.asarray(distances > np.array([ceil(share * len(word) - 1e-9) for word in before]))


@lru_cache(maxsize=200_000)
def _became(old: str, new: str) -> bool:
    return old != new and is_other_word(new, old)


def changed(sample: Perturbed, sentence: Sentence) -> list[tuple[int, str, str]]:
    """Runs of words that edits touch: how many words, as they were, as they are.

    A word is a run of its own, unless an edit reaches from it into the next one. Edits between words touch none.
    """
    text, spans = sentence.text, sentence.spans
    runs: list[tuple[int, int, int, list[tuple[int, int, str]]]] = []
    at = 0
    for start, end, after in sample.edits:
        while at < len(spans) and spans[at][1] < start:
            at += 1
        last = at
        while last < len(spans) and spans[last][0] < max(end, start + 1):
            last += 1
        if last == at:
            continue
        first, end_of = spans[at][0], spans[last - 1][1]
        if runs and first < runs[-1][1]:
            begun, reach, words, edits = runs[-1]
            words += sum(1 for span in spans[at:last] if span[1] > reach)
            runs[-1] = (begun, max(reach, end_of), words, [*edits, (start, end, after)])
        else:
            runs.append((first, end_of, last - at, [(start, end, after)]))
    return [
        (words, text[begin:reach], _applied(text, begin, reach, edits)) for begin, reach, words, edits in runs
    ]


def _applied(text: str, begin: int, reach: int, edits: Sequence[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    at = begin
    for start, end, after in edits:
        parts += [text[at:start], after]
        at = max(end, at)
    return "".join([*parts, text[at:reach]])
