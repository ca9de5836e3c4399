"""Which word of a question is replaced: a rule for English that needs no tagger, and its word lists."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from importlib.resources import files
from random import Random

from windward.evals.unknown.generators.words import spans_of

_SHORTEST = 3
_ENDINGS = ("able", "ed", "est", "ful", "ical", "less", "ly", "ous")
_SHORTEST_WITH_ENDING = 6


@cache
def english_stop_words() -> frozenset[str]:
    """English words that are no nouns, or are so in few questions."""
    return frozenset(files(__package__).joinpath("stop_words.txt").read_text("utf-8").split())


def noun_of(question: str, rng: Random, stop_words: Collection[str]) -> tuple[int, int] | None:
    """Where the word to replace begins and ends, or None where no word will do.

    The candidates are lower-case words of three letters and more, once in the question, not in `stop_words`, not joined to another by a
    hyphen or apostrophe, and without an ending of adjectives, adverbs and participles. Those that end a group of words (before a word
    of `stop_words`, a punctuation mark, a capital or the end) come before others; then the longest; `rng` decides among equals.

    Args:
        question: the question.
        rng: of the draw.
        stop_words: words that are not replaced.
    """
    spans = spans_of(question)
    texts = [question[start:end] for start, end in spans]
    lowered = [text.lower() for text in texts]
    found: list[tuple[bool, int, int]] = []
    for number, text in enumerate(texts):
        if text != lowered[number] or len(text) < _SHORTEST or text in stop_words or _is_inflected(text):
            continue
        if lowered.count(text) > 1 or _is_joined(question, *spans[number]):
            continue
        follows = texts[number + 1] if number + 1 < len(texts) else ""
        gap = question[spans[number][1] : spans[number + 1][0] if follows else len(question)]
        ends_group = (
            not follows
            or gap != " "
            or follows in stop_words
            or follows != follows.lower()
            or _is_inflected(follows)
        )
        found.append((ends_group, len(text), number))
    if not found:
        return None
    best = max(one[:2] for one in found)
    return spans[rng.choice([number for ends, length, number in found if (ends, length) == best])]


def _is_joined(question: str, start: int, end: int) -> bool:
    before, after = question[:start], question[end:]
    return before[-1:] in ("-", "'", "’") or after[:1] == "-" or (after[:1] in ("'", "’") and after[1:3].strip() not in ("s", ""))  # fmt: skip


def _is_inflected(word: str) -> bool:
    return len(word) >= _SHORTEST_WITH_ENDING and word.endswith(_ENDINGS)
