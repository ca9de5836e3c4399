"""A text as words in their places, and which of them no perturbation may touch."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

_WORD = re.compile(r"\w+(?:['’‐-]\w+)*")
_NEGATIONS = frozenset(
    [
        "no",
        "not",
        "none",
        "nor",
        "never",
        "nobody",
        "nothing",
        "neither",
        "nowhere",
        "cannot",
        "without",
        "hardly",
        "barely",
        "scarcely",
        "n't",
        "nt",
    ]
)
_TITLE = 0.6
"""Where more of the words than this have a capital, capitals tell no names."""


@dataclass(frozen=True)
class Sentence:
    """A text, read once for all of its perturbations.

    Attributes:
        text: as it was given.
        spans: start and end of each word, in characters; what lies between them is never changed.
        protected: whether each word must stay: numbers, names, negation, and what the caller named.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    protected: tuple[bool, ...]

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words as they stand in the text."""
        return tuple(self.text[start:end] for start, end in self.spans)

    @cached_property
    def free(self) -> tuple[int, ...]:
        """Places of the words that may change, in order."""
        return tuple(place for place, kept in enumerate(self.protected) if not kept)

    @cached_property
    def gaps(self) -> tuple[str, ...]:
        """What stands before, between and behind the words: one more than there are words."""
        edges = [0, *(edge for span in self.spans for edge in span), len(self.text)]
        return tuple(self.text[edges[at] : edges[at + 1]] for at in range(0, len(edges), 2))


def read_sentence(text: str, keep: Collection[str] = ()) -> Sentence:
    """Finds a text's words, and those that stay.

    Protected are words with a digit; negation, contracted or not; acronyms and names (a capital within, or at the start of
    a word that begins no sentence; in a text of which most words have a capital, nobody can tell); and `keep`.

    Args:
        text: any text; one of another script is read in runs of its letters.
        keep: words that stay besides, such as labels of the task; letter case does not matter.
    """
    spans = tuple(match.span() for match in _WORD.finditer(text))
    words = [text[start:end] for start, end in spans]
    named = _names(text, spans, words)
    kept = {word.lower() for word in keep}
    protected = tuple(
        name or _is_fixed(word) or word.lower() in kept for name, word in zip(named, words, strict=True)
    )
    return Sentence(text, spans, protected)


def _is_fixed(word: str) -> bool:
    lower = word.lower().replace("’", "'")
    return any(map(str.isdigit, word)) or lower in _NEGATIONS or lower.endswith("n't")


def _names(text: str, spans: Sequence[tuple[int, int]], words: Sequence[str]) -> list[bool]:
    capitals = [word[:1].isupper() for word in words]
    titled = len(words) > 1 and sum(capitals) > _TITLE * len(words)
    found = []
    end = 0
    for (start, stop), word, capital in zip(spans, words, capitals, strict=True):
        gap = text[end:start]
        begins = end == 0 or any(mark in gap for mark in '.!?\n:"“')
        inside = any(map(str.isupper, word[1:])) and not (titled and word.isupper() and len(word) > 5)
        found.append(inside or (capital and not begins and not titled))
        end = stop
    return found
