"""Which characters look like a letter: those of other scripts, accented ones, and what stands for it in leet.

Of other scripts are the confusables of Unicode (UTS 39), from the package confusable-homoglyphs, but for those that only a table finds
alike. Of 122 confusables of ASCII letters that are one letter of the same case in Latin, Greek, Cyrillic or Armenian, 31 were
taken out: drawn in DejaVu Sans, they share less than half of their ink with the letter, or the font does not have them.
"""

from __future__ import annotations

import json
import string
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

from windward.evals.robtest.dimension import RobTestError

_SCRIPTS = ("LATIN ", "GREEK ", "CYRILLIC ", "ARMENIAN ")
_UNLIKE = frozenset("ԁꬲҽꬵꞙքᶃᴑꬽꭇꭈƽꞟꭎꭒɯѡաɣᶌʏỿꭚ\u1fbeꞴꞘͿꞲƦϒꞳ")
_MARKS = "\u0300\u0301\u0302\u0303\u0308\u0327\u030c"
"""Grave, acute, circumflex, tilde, diaeresis, cedilla, caron."""
_LEET = {
    "a": "@4",
    "b": "8",
    "e": "3",
    "g": "9",
    "i": "1!|",
    "l": "1|",
    "o": "0",
    "s": "$5",
    "t": "7+",
    "z": "2",
    "A": "@4",
    "B": "8",
    "E": "3",
    "G": "6",
    "I": "1!|",
    "O": "0",
    "S": "$5",
    "T": "7+",
    "Z": "2",
}
TWINS: Mapping[str, str] = MappingProxyType({"d": "cl", "m": "rn", "w": "vv", "W": "VV"})
"""Two characters that look like one."""


@cache
def alike() -> Mapping[str, tuple[str, ...]]:
    """Letter → single characters that look like it, for the letters of ASCII.

    Raises:
        RobTestError: the package confusable-homoglyphs is missing.
    """
    try:
        source = resources.files("confusable_homoglyphs") / "confusables.json"
    except ModuleNotFoundError:
        raise RobTestError(
            "look-alike characters come from Unicode's confusables: pip install confusable-homoglyphs"
        ) from None
    table = json.loads(source.read_text(encoding="utf-8"))
    found = {}
    for letter in string.ascii_letters:
        scripts = [one["c"] for one in table.get(letter, ()) if _is_twin(letter, one["c"])]
        accents = [made for mark in _MARKS if len(made := unicodedata.normalize("NFC", letter + mark)) == 1]
        found[letter] = tuple(dict.fromkeys([*scripts, *accents, *_LEET.get(letter, "")]))
    return MappingProxyType(found)


def _is_twin(letter: str, other: str) -> bool:
    return (
        len(other) == 1
        and other not in _UNLIKE
        and unicodedata.name(other, "").startswith(_SCRIPTS)
        and unicodedata.category(other) == unicodedata.category(letter)
    )
