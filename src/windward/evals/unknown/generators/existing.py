"""Does a name exist already: a check against lists, with accents, case, hyphens and plurals folded, and one letter of tolerance."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from windward.evals.unknown.generators.words import words_of

EXISTS = "in a list"
PLURAL = "a plural or singular"
NEAR = "a letter off"
WORD = "a word"
MADE = "made before"
"""Why a name is rejected."""


def fold(text: str) -> str:
    """What two writings of a name share: letters and digits without case, accents, hyphens, spaces and apostrophes.

    The marks of other alphabets than Latin, Greek and Cyrillic stay: there they are vowels.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(
        one for one in decomposed if unicodedata.category(one)[0] in "LMN" and not "\u0300" <= one <= "\u036f"
    )


class Existing:
    """Names and words that exist.

    Args:
        names: of things: nothing may be them, be a plural or singular of them, or be one letter off them, nor their words.
        words: of a language: nothing may be them.
    """

    def __init__(self, names: Iterable[str], words: Iterable[str] = ()) -> None:
        self._names: set[str] = set()
        self._shorter: set[str] = set()
        self._gaps: set[str] = set()
        self._stems: set[str] = set()
        for name in names:
            for word in {fold(name), *map(fold, words_of(name))} - {""}:
                self._add(word)
        self._words = {fold(word) for word in words} - {""}

    def why(self, name: str) -> str:
        """Why a name cannot pass for one that does not exist: `EXISTS`, `PLURAL`, `NEAR` or `WORD`; "" where it can."""
        word = fold(name)
        if word in self._names:
            return EXISTS
        if word in self._stems or any(stem in self._names for stem in _stems(word)):
            return PLURAL
        shorter = set(_shorter(word))
        if word in self._shorter or shorter & self._names or any(gap in self._gaps for gap in _gaps(word)):
            return NEAR
        return WORD if word in self._words else ""

    def _add(self, word: str) -> None:
        if word not in self._names:
            self._names.add(word)
            self._shorter.update(_shorter(word))
            self._gaps.update(_gaps(word))
            self._stems.update(_stems(word))


def _stems(word: str) -> Iterator[str]:
    """What a word may be the plural of: it without one or two last letters (cats, foxes, Frauen), and y for ies."""
    if len(word) > 4:
        yield word[:-1]
        yield word[:-2]
        if word.endswith("ies"):
            yield word[:-3] + "y"


def _shorter(word: str) -> Iterator[str]:
    """The word without each of its letters."""
    return (word[:place] + word[place + 1 :] for place in range(len(word)))


def _gaps(word: str) -> Iterator[str]:
    """The word with each of its letters blotted out: two words of one length share one if a single letter differs."""
    return (word[:place] + "?" + word[place + 1 :] for place in range(len(word)))
