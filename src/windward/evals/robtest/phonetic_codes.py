"""ANTHRO's codes of how a word sounds (Le et al., arXiv 2203.08512): a customised Soundex, and the codex of its consonants.

The rules are those of the code that RobTest ships. They read what stands for letters in leet too: 1 as l, @ and 0 as vowels.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SILENT = re.compile("[hw-]", re.IGNORECASE)
_CLASSES = (("l1", "4"), ("bfpv", "1"), ("cgjkqsxz", "2"), ("dt", "3"), ("mn", "5"), ("r", "6"))
_RUNS = re.compile("|".join(f"([{letters}]+)" for letters, _ in _CLASSES), re.IGNORECASE)
_VOWELS = re.compile("[a@eio0uy]", re.IGNORECASE)
_CODEX_VOWELS = frozenset("AEIO0UY")
_ENDS = 3
"""Consonants that the codex keeps from each end of a long word."""


@lru_cache(maxsize=200_000)
def soundex(word: str, level: int = 1) -> str:
    """The first letters as they are, then the classes of the consonants behind them.

    Args:
        word: a token.
        level: one less than the letters kept; ANTHRO knows 0 and 1, and finds variants at 1.

    Returns:
        `level + 1` letters in capitals and `level + 3` digits, fewer letters for a shorter word. Letters of one class that stand
        together count once, vowels, h and w not at all; zeros fill up.
    """
    coded = _RUNS.sub(
        lambda run: _CLASSES[run.lastindex - 1][1] if run.lastindex else "", _SILENT.sub("", word)
    )
    digits = _VOWELS.sub("", coded[level + 1 :])
    return (word[: level + 1].upper() + digits[: level + 3]).ljust(level + 4, "0")


@lru_cache(maxsize=200_000)
def codex(word: str) -> str:
    """A first vowel and the consonants in their order, doubled ones once; of more than six, the first and last three.

    Signs are read as the letters that they stand for (1 l, + t, ! i), or dropped.
    """
    spelt = re.sub("1+", "l", word).replace("+", "t").replace("!", "i")
    letters = re.sub("[^0-9a-z]+", "", spelt, flags=re.IGNORECASE).upper()
    kept, before = [], ""
    for at, letter in enumerate(letters):
        if (letter not in _CODEX_VOWELS and letter != before) or (at == 0 and letter in _CODEX_VOWELS):
            kept.append(letter)
        before = letter
    if len(kept) > 2 * _ENDS:
        kept = kept[:_ENDS] + kept[-_ENDS:]
    return "".join(kept)


def sounds_alike(word: str, other: str) -> bool:
    """ANTHRO's rule of a variant: the same code at level 1, and the same codex; letter case does not matter."""
    return soundex(word.lower()) == soundex(other.lower()) and codex(word) == codex(other)
