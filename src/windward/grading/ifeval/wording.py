"""Checks of what a response says: keywords, letters, lengths, case, language, commas."""

from __future__ import annotations

import re
from typing import Any

from windward.grading.ifeval.language import language_of, may_be_english
from windward.grading.ifeval.texts import holds, occurrences, paragraphs, sentences, words

_COMMAS = re.compile("[,，、،﹐︐]")
_NO_WORD = re.compile(r"\A[\W_]+")
_DIVIDER = re.compile(r"(?<!\S)\*{3}(?!\S)")


def existence(text: str, keywords: list[str], **_: Any) -> bool:
    """Every keyword is there, as a whole word."""
    return all(occurrences(text, keyword) for keyword in keywords)


def frequency(text: str, keyword: str, frequency: int, relation: str, **_: Any) -> bool:
    """A keyword is there so often, as a whole word."""
    return holds(occurrences(text, keyword), relation, frequency)


def forbidden_words(text: str, forbidden_words: list[str], **_: Any) -> bool:
    """None of the words is there."""
    return not any(occurrences(text, word) for word in forbidden_words)


def letter_frequency(text: str, letter: str, let_frequency: int, let_relation: str, **_: Any) -> bool:
    """A letter, or a sign such as `#`, is there so often, in any case."""
    return holds(text.lower().count(letter.lower()), let_relation, let_frequency)


def number_words(text: str, num_words: int, relation: str, **_: Any) -> bool:
    """There are so many words."""
    return holds(len(words(text)), relation, num_words)


def number_sentences(text: str, num_sentences: int, relation: str, **_: Any) -> bool:
    """There are so many sentences."""
    return holds(len(sentences(text)), relation, num_sentences)


def number_paragraphs(text: str, num_paragraphs: int, **_: Any) -> bool:
    """There are exactly so many parts between `***` dividers; a divider stands by itself, and none is doubled."""
    parts = [part.strip() for part in _DIVIDER.split(text)]
    parts = parts[1:] if not parts[0] else parts
    parts = parts[:-1] if parts and not parts[-1] else parts
    return all(parts) and len(parts) == num_paragraphs


def nth_paragraph_first_word(
    text: str, num_paragraphs: int, nth_paragraph: int, first_word: str, **_: Any
) -> bool:
    """There are exactly so many paragraphs, and that one begins with that word; mark-up before it does not count."""
    found = paragraphs(text)
    if len(found) != num_paragraphs or not 1 <= nth_paragraph <= len(found):
        return False
    beginning = words(_NO_WORD.sub("", found[nth_paragraph - 1])[:200])[:1]
    return [word.lower() for word in beginning] == [first_word.strip().lower()]


def english_capital(text: str, **_: Any) -> bool:
    """English, in capital letters only."""
    return text.isupper() and may_be_english(text)


def english_lowercase(text: str, **_: Any) -> bool:
    """English, in small letters only."""
    return text.islower() and may_be_english(text)


def capital_word_frequency(text: str, capital_frequency: int, capital_relation: str, **_: Any) -> bool:
    """So many words are in capital letters only."""
    return holds(sum(word.isupper() for word in words(text)), capital_relation, capital_frequency)


def no_comma(text: str, **_: Any) -> bool:
    """There is no comma, of any script."""
    return not _COMMAS.search(text)


def response_language(text: str, language: str, **_: Any) -> bool:
    """All of it is in a language."""
    return language_of(text) == language.lower()
