"""From the entities that a model lists to a tag for each word, so that they are scored as a tagger's are.

The release compares two sets of all mentions of a corpus and averages over types: of ten mentions of one name, one found gives 1. Here each
mention takes one occurrence in its own sentence, and what takes none costs precision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from windward.evals.shift.paradigms.mention_replies import Mention

OUTSIDE = "O"
_AROUND = "\"'“”‘’`.,;:!?()[] "


@dataclass(frozen=True)
class Placed:
    """The entities of one sentence in their places.

    Attributes:
        tags: one a word, as BIO.
        stray: types of entities that have no place: each is a false positive.
        absent: of these, how many do not stand in the sentence as whole words.
        overlapping: of these, how many share words with entities listed before them.
        repeated: entities listed again with no further occurrence: they say nothing new and do not count.
    """

    tags: tuple[str, ...]
    stray: tuple[str, ...] = ()
    absent: int = 0
    overlapping: int = 0
    repeated: int = 0


def placed(words: Sequence[str], mentions: Sequence[Mention]) -> Placed:
    """Gives each mention, in their order, the first occurrence of its words that is free.

    Args:
        words: of the sentence.
        mentions: as listed. White space does not matter; case does where the words occur in this case.
    """
    tags = [OUTSIDE] * len(words)
    stray: list[str] = []
    seen: set[tuple[str, str]] = set()
    absent = overlapping = repeated = 0
    for mention in mentions:
        places = _occurrences(words, mention.words)
        free = next((place for place in places if all(tags[at] == OUTSIDE for at in range(*place))), None)
        this = (mention.type, "".join(mention.words.split()).lower())
        if free is not None:
            start, end = free
            tags[start:end] = [f"B-{mention.type}", *[f"I-{mention.type}"] * (end - start - 1)]
        elif this in seen:
            repeated += 1
        else:
            stray.append(mention.type)
            absent += not places
            overlapping += bool(places)
        seen.add(this)
    return Placed(tuple(tags), tuple(stray), absent, overlapping, repeated)


def _occurrences(words: Sequence[str], said: str) -> list[tuple[int, int]]:
    """Where `said` stands, from the first word to behind the last: as it is, else without marks around it, else in any case."""
    lower = [word.lower() for word in words]
    for text in (said, said.strip(_AROUND)):
        for among, wanted in ((list(words), text), (lower, text.lower())):
            found = _aligned(among, "".join(wanted.split()))
            if found:
                return found
    return []


def _aligned(words: Sequence[str], wanted: str) -> list[tuple[int, int]]:
    if not wanted:
        return []
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    length = 0
    for place, word in enumerate(words):
        starts.setdefault(length, place)
        length += len("".join(word.split()))
        ends[length] = place + 1
    joined = "".join("".join(word.split()) for word in words)
    found = []
    at = joined.find(wanted)
    while at >= 0:
        if at in starts and at + len(wanted) in ends:
            found.append((starts[at], ends[at + len(wanted)]))
        at = joined.find(wanted, at + 1)
    return found
