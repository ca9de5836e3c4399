"""Does a reply name the right answer of a factual question: the released substring rule, and one that knows aliases as people write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_WORD = re.compile(r"\w+")
_POSSESSIVE = re.compile(r"['’]s\b")
_NUMBER_COMMA = re.compile(r"(?<=\d),(?=\d{3}\b)")
_ORDINAL = re.compile(r"^(\d+)(?:st|nd|rd|th)$")
_SKIPPED = frozenset({"the", "a", "an"})
_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
}


def holds_substring(reply: str, references: Iterable[str]) -> bool:
    """Whether any reference stands in the reply, letter by letter and case by case: the released rule of UnknownBench.

    It takes "art" to be named by "party" and misses "real madrid"; kept for comparison with published figures.
    """
    return any(reference in reply for reference in references)


def names_reference(reply: str, references: Iterable[str]) -> bool:
    """Whether any reference stands in the reply as whole words.

    Case, accents, articles, punctuation, possessives, thousands' commas, ordinal endings and number words to twenty do not matter ("the Shulchan
    Aruch's" names "Shulchan Aruch", "3" names "three"). The order of words does: "18 March 2018" does not name "March 18, 2018".
    """
    said = f" {' '.join(_words(reply))} "
    return any((words := _words(reference)) and f" {' '.join(words)} " in said for reference in references)


def _words(text: str) -> list[str]:
    plain = "".join(
        one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one)
    )
    plain = _NUMBER_COMMA.sub("", _POSSESSIVE.sub("", plain))
    words = (_ORDINAL.sub(r"\1", word) for word in _WORD.findall(plain))
    return [_NUMBERS.get(word, word) for word in words if word not in _SKIPPED]
