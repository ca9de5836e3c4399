"""Questions that differ in one word alone, as RefuNQ's are made: one has an answer, the other has an odd word in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from windward.evals.unknown.records import Question

_MARKS = '.,;:?!"“”()'


@dataclass(frozen=True)
class Swap:
    """A pair.

    Attributes:
        answerable: the question that has an answer.
        unanswerable: the one that has none.
        word: of the second, that stands in the place of a word of the first.
    """

    answerable: Question
    unanswerable: Question
    word: str


def swaps(questions: Sequence[Question]) -> list[Swap]:
    """All such pairs within a set, in the order of the unanswerable questions; of several partners the first."""
    partners: dict[tuple[str, str], Question] = {}
    for one in questions:
        if one.split == "answerable":
            for blanked, _ in _blanked(one.text):
                partners.setdefault((one.dataset, blanked), one)
    found: list[Swap] = []
    for one in questions:
        if one.split == "unanswerable":
            for blanked, word in _blanked(one.text):
                partner = partners.get((one.dataset, blanked))
                if partner is not None:
                    found.append(Swap(partner, one, word))
                    break
    return found


def words_in(text: str) -> list[str]:
    """Its words, without the marks around them and without a possessive."""
    stripped = (part.strip(_MARKS).removesuffix("'s").removesuffix("’s") for part in text.split())
    return [word for word in stripped if word]


def _blanked(text: str) -> list[tuple[str, str]]:
    """The text without each of its words, and that word; a text of one or two words has no such form."""
    words = words_in(text)
    if len(words) < 3:
        return []
    return [
        (" ".join((*words[:place], "\0", *words[place + 1 :])).casefold(), word)
        for place, word in enumerate(words)
    ]
