"""Which class a reply names. An empty reply names none: that it begins every name, as the release has it, makes it no first class."""

from __future__ import annotations

import re
from collections.abc import Sequence

from windward.evals.shift.paradigms.reading import EMPTY, Read
from windward.rows.contamination import words

NOT_ALONE = "more than a class"
NONE_NAMED = "no class named"
SEVERAL_NAMED = "several classes named"
NEGATED = "a class is denied"

_NEGATIONS = frozenset({"not", "no", "non", "never", "neither", "nor", "without", "cannot", "hardly", "isnt", "un"})  # fmt: skip
_NEGATION_REACHES = 3
"""Words between a negation and what it denies, and one: `it is not at all toxic`."""
_CONTRACTED = re.compile(r"n['’]t\b", re.IGNORECASE)


def label_words(text: str) -> tuple[str, ...]:
    """The words by which a class is told from others: without case, punctuation, hyphens and underscores."""
    return tuple(words(_CONTRACTED.sub(" not", text).replace("_", " ")))


def strict_label(reply: str, labels: Sequence[str]) -> Read[str]:
    """The class whose name is the whole reply, but for case and punctuation."""
    said = label_words(reply)
    if not said:
        return Read(None, EMPTY)
    named = next((label for label in labels if label_words(label) == said), None)
    return Read(None, NOT_ALONE) if named is None else Read(named)


def lenient_label(reply: str, labels: Sequence[str]) -> Read[str]:
    """The one class that a reply names in whole words; none where it names several, or denies the one that it names.

    Of names within each other (`toxic`, `not toxic`) the longest counts.
    """
    said = label_words(reply)
    if not said:
        return Read(None, EMPTY)
    by_length = sorted(((label_words(label), label) for label in labels), key=lambda pair: -len(pair[0]))
    named: set[str] = set()
    denied, place = False, 0
    while place < len(said):
        found = next((pair for pair in by_length if said[place : place + len(pair[0])] == pair[0]), None)
        if found is None:
            place += 1
            continue
        named.add(found[1])
        denied = denied or bool(_NEGATIONS & set(said[max(0, place - _NEGATION_REACHES) : place]))
        place += len(found[0])
    if not named:
        return Read(None, NONE_NAMED)
    if len(named) > 1:
        return Read(None, SEVERAL_NAMED)
    return Read(None, NEGATED) if denied else Read(named.pop())
