"""Rules that make a sentence of a fragment, as reviews are full of: `a gripping film .` as `this is a gripping film .`."""

from __future__ import annotations

from collections.abc import Iterator

from windward.evals.robtest.syntax.clauses import FINITE, NOUNS, Change, Reading, Stretch
from windward.evals.robtest.tagging import forms

_INNER_TEXT = "that which who whose where when because although though if as than what how while after before since until"
_INNER = frozenset(_INNER_TEXT.split())
"""Words that begin a clause within a phrase."""
_DEGREE = frozenset(
    ["too", "very", "truly", "utterly", "deeply", "thoroughly", "highly", "remarkably", "completely", "often"]
)
_BEHIND = ("IN", "TO", "RB", "CC", "NN", "NNS", "JJ")
"""What follows a participle that is an attribute."""
_OBJECTS = ("DT", "PRP", "PRP$", "IN", "TO", "JJ", "RB")
_ARTICLES = ("a", "an", "another")


def thing_completed(reading: Reading) -> Iterator[Change]:
    """`a gripping film about love .` as `this is a gripping film about love .`."""
    for stretch in reading.stretches:
        first, end = stretch.first, stretch.end
        one_of = reading.words[first] == "one" and first + 1 < end and reading.words[first + 1] == "of"
        if (
            not stretch.whole
            or len(stretch) < 3
            or not (one_of or reading.words[first] in _ARTICLES)
            or not _is_phrase(reading, stretch)
        ):
            continue
        if one_of or reading.noun_phrase(first, end) > first:
            yield _begun(reading, first, "this is")


def quality_completed(reading: Reading) -> Iterator[Change]:
    """`warm and funny .` as `it is warm and funny .`, and `directed with care .` as `it is directed with care .`."""
    for stretch in reading.stretches:
        first, end = stretch.first, stretch.end
        if (
            not stretch.whole
            or len(stretch) < 2
            or not _is_phrase(reading, stretch)
            or reading.scoped(first, end)
        ):
            continue
        if reading.tags[first] not in ("JJ", "VBN") and reading.words[first] not in _DEGREE:
            continue
        if reading.words[first] in ("due", "such", "according", "based", "compared", "given"):
            continue
        if reading.tags[first] == "VBN" and reading.tags[first + 1] not in ("IN", "RB"):
            continue
        head = next((at for at in range(first + 1, end) if reading.tags[at] in ("IN", "TO", "WDT")), end)
        qualities = any(tag in ("JJ", "VBN") for tag in reading.tags[first:head])
        if qualities and all(tag in ("JJ", "RB", "CC", "VBN") for tag in reading.tags[first:head]):
            yield _begun(reading, first, "it is")


def deed_completed(reading: Reading) -> Iterator[Change]:
    """`gives you the pulse of a city .` as `it gives you the pulse of a city .`."""
    for stretch in reading.stretches:
        first = stretch.first
        if (
            not stretch.whole
            or len(stretch) < 3
            or not _begins(reading, first)
            or reading.tags[first] != "VBZ"
        ):
            continue
        if "VBZ" not in forms(reading.words[first]) or reading.words[first] in ("is", "does", "s"):
            continue
        if reading.sentence.words[first][:1].isupper():  # in news, a plural: `Reports this week suggest …`
            continue
        asks = "?" in reading.gaps[stretch.end]
        if not asks and reading.gaps[first + 1] == " " and reading.tags[first + 1] in _OBJECTS:
            yield _begun(reading, first, "it")


def _is_phrase(reading: Reading, stretch: Stretch) -> bool:
    """Whether a sentence has no verb of its own: each one has a word before it that begins a clause within the phrase.

    In a text with capitals, which may be news, where participles are often past tenses in truth, no verb at all is allowed.
    """
    first, end = stretch.first, stretch.end
    if not _begins(reading, first) or "?" in reading.gaps[end] or not reading.plain(first, end):
        return False
    verbs = [at for at in range(first, end) if reading.tags[at] in (*FINITE, "VBN")]
    if reading.sentence.words[first][:1].isupper():
        return not verbs
    attributes = [
        at for at in verbs if reading.tags[at] == "VBN" and (at + 1 == end or reading.tags[at + 1] in _BEHIND)
    ]
    inner = sum(word in _INNER for word in reading.words[first:end])
    before = verbs and (verbs[0] in attributes or bool(_INNER & set(reading.words[first : verbs[0]])))
    return not verbs or bool(before and len(verbs) - len(attributes) <= inner)


def _begins(reading: Reading, first: int) -> bool:
    """Whether a text, or a sentence behind a full stop, begins at a place; not what goes on after dots or a dash."""
    gap = reading.gaps[first].strip()
    return first == 0 or (gap in (".", "!", "?", ";"))


def _begun(reading: Reading, first: int, words: str) -> Change:
    """A sentence with words before its first one."""
    start = reading.spans[first][0]
    own = reading.sentence.words[first]
    lower = (
        own if reading.sentence.protected[first] or reading.tags[first] in NOUNS else own[0].lower() + own[1:]
    )
    return Change(start, start + len(own), f"{reading.outer(words, first)} {lower}")


RULES = (thing_completed, quality_completed, deed_completed)
