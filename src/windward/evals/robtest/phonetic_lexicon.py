"""Spellings that were seen in the wild, found by their sound as ANTHRO finds them (Le et al., arXiv 2203.08512)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from windward.evals.robtest.dimension import RobTestError
from windward.evals.robtest.glyph_alike import alike
from windward.evals.robtest.phonetic_codes import codex, soundex
from windward.evals.robtest.phonetic_sounds import sounds

_SHORTEST = 3
"""Characters of a word that has variants at all; in one of so many, the last must be the same."""
_VOWELS = frozenset("a@eijo0uy!")
_SAME = frozenset(("iy", "yi", "@a", "a@", "0o", "o0", "5s", "s5", "1l", "l1", "6b", "b6", "9g", "g9"))
"""A letter and what may replace it."""
_BESIDE = frozenset(("iy", "yi", "ie", "ye", "@a", "a@", "0o", "o0", "ya", "uy", "ue", "ae"))
"""Two different vowels of which one may be new."""


class Lexicon:
    """Tokens by their codes.

    Args:
        tokens: as they were seen; what differs by letter case is one spelling seen in several ways.
    """

    def __init__(self, tokens: Iterable[str]) -> None:
        self._seen: dict[str, set[str]] = {}
        self._buckets: dict[tuple[str, str], list[str]] = {}
        for token in tokens:
            lower = token.lower()
            if lower not in self._seen:
                self._buckets.setdefault((soundex(lower), codex(lower)), []).append(lower)
            self._seen.setdefault(lower, set()).add(token)

    @classmethod
    def read(cls, path: Path) -> Lexicon:
        """A file with one token a line, in UTF-8.

        Raises:
            RobTestError: there is no such file, it is no text in UTF-8, or holds no token.
        """
        try:
            tokens = path.read_text(encoding="utf-8").split()
        except (OSError, UnicodeDecodeError) as error:
            raise RobTestError(
                f"{path}: a lexicon is a file of UTF-8 text, one token a line ({error})"
            ) from error
        if not tokens:
            raise RobTestError(f"{path}: the lexicon holds no token; write one a line")
        return cls(tokens)

    def spellings(self, word: str, distance: int) -> tuple[str, ...]:
        """Tokens that sound like a word, the word itself among them if it was seen, in order.

        They have its code at level 1 and its codex, lie within a Levenshtein distance in lower case, end alike, and differ from it
        only as `_is_natural` says. A word of fewer than three characters has none.
        """
        lower = word.lower()
        if len(word) < _SHORTEST:
            return ()
        found: list[str] = []
        for other in self._buckets.get((soundex(lower), codex(word)), ()):
            if Levenshtein.distance(lower, other, score_cutoff=distance) > distance or not _is_natural(
                lower, other
            ):
                continue
            same = other[-1] == lower[-1] or (len(other) > _SHORTEST and _stands_for(other[-1], lower[-1]))
            found += self._seen[other] if same else ()
        return tuple(sorted(found))


def _is_natural(word: str, other: str) -> bool:
    """Whether each edit keeps the sound; nor may an English word stand for what is none, which would correct it.

    Letters may go. A vowel may come for another that it is written for, or beside one, but not alone between consonants; a
    consonant may not come for a letter between two vowels, and a digit only for its letter.
    """
    if other != word and sounds(other) and not sounds(word):
        return False
    for edit in Levenshtein.editops(word, other):
        kind, at = edit.tag, edit.src_pos
        if kind == "delete":
            continue
        new = other[edit.dest_pos]
        before = word[at - 1 : at]
        if kind == "insert":
            if _is_vowel(new) and not _may_come(before, new, word[at : at + 1]):
                return False
        elif _is_vowel(new):
            if not (_is_vowel(word[at]) and _stands_for(word[at], new)):
                return False
        elif new.isdigit():
            if not _stands_for(word[at], new):
                return False
        elif _is_vowel(before) and _is_vowel(word[at + 1 : at + 2]):
            return False
    return True


def _may_come(before: str, new: str, after: str) -> bool:
    """Whether a vowel may come between two letters, of which one may be missing."""
    vowels = _is_vowel(before), _is_vowel(after)
    if vowels[0] and before != new and before + new not in _BESIDE:
        return False
    if vowels[1] and after != new and new + after not in _BESIDE:
        return False
    if all(vowels):
        return new in (before, after)
    return any(vowels) or not (before and after)


def _stands_for(one: str, other: str) -> bool:
    one, other = (letter.replace("!", "i").replace("+", "t") for letter in (one, other))
    return one == other or one + other in _SAME


def _is_vowel(letter: str) -> bool:
    return bool(letter) and (letter if letter.isascii() else _plain(letter)) in _VOWELS


@cache
def _plain(letter: str) -> str:
    """The letter of ASCII that one of another script or with an accent looks like; else itself."""
    base = unicodedata.normalize("NFKD", letter)[0].lower()
    return next((plain for plain, others in alike().items() if letter in others), base).lower()
