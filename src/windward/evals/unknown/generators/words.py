"""Words in a text, in any alphabet, and the case that a new word takes from the one whose place it takes."""

from __future__ import annotations

import unicodedata
from itertools import groupby


def words_of(text: str) -> list[str]:
    """The runs of letters in a text: hyphens, apostrophes, digits and spaces part them."""
    return [text[start:end] for start, end in spans_of(text)]


def spans_of(text: str) -> list[tuple[int, int]]:
    """Where the words of a text begin and end. Marks, such as the vowel signs of Devanagari, belong to their letters."""
    spans, place = [], 0
    for letters, run in groupby(text, key=lambda one: unicodedata.category(one)[0] in "LM"):
        end = place + sum(1 for _ in run)
        if letters:
            spans.append((place, end))
        place = end
    return spans


def in_case_of(word: str, model: str) -> str:
    """A word in the case of another: all capitals, a capital first, or none."""
    if len(model) > 1 and model.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if model[:1].isupper() else word
