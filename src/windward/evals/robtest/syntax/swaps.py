"""Rules that turn parts around: two words that `and` or `or` joins, and subject and object, by the passive."""

from __future__ import annotations

from collections.abc import Iterator

from windward.evals.robtest.closed_class import CLOSED_CLASS
from windward.evals.robtest.syntax.clauses import FINITE, NOUNS, Change, Reading, Stretch
from windward.evals.robtest.tagging import forms, inflected

_JOINABLE = {"NN": "NN", "NNS": "NN", "JJ": "JJ", "RB": "RB", "VBG": "VBG"}
_OBJECTS = {"he": "him", "she": "her", "they": "them", "we": "us", "i": "me", "it": "it", "you": "you"}
_SUBJECTS = {"him": "he", "them": "they", "us": "we", "it": "it"}
_STATES_TEXT = """
be have become seem look feel sound appear remain stay lack cost resemble mean last weigh fit suit equal
want like go come turn grow run fall prove end work take make get let do contain hold boast deserve need
rise stand act say start begin give
"""
_STATES = frozenset(_STATES_TEXT.split())
"""Verbs without a passive, or with another meaning in it."""
_VOWELS = "aeiou"


def swapped(reading: Reading) -> Iterator[Change]:
    """`quiet and sad` as `sad and quiet`: two single words of one kind, both free, with nothing that belongs to one alone."""
    for stretch, place in reading.each():
        left, right = place - 1, place + 1
        if reading.words[place] not in ("and", "or") or left < stretch.first or right >= stretch.end:
            continue
        if reading.gaps[place] != " " or reading.gaps[right] != " " or not _are_alike(reading, left, right):
            continue
        if _belongs_to_one(reading, stretch, left, right):
            continue
        first = left == stretch.first and stretch.opens
        one = reading.inner(left, place) if first else reading.of(left, place)
        other = reading.of(right, right + 1)
        if one is not None:
            yield reading.change(
                left,
                right + 1,
                f"{reading.outer(other, left) if first else other}{_between(reading, place)}{one}",
            )


def items_swapped(reading: Reading) -> Iterator[Change]:
    """`a broad , noisy film` as `a noisy , broad film`, and the first two of a list (`warm , clever and sad`)."""
    for stretch, right in reading.each():
        left, noun = right - 1, right + 1
        if (
            left < stretch.first
            or noun >= stretch.end
            or reading.gaps[right] != reading.comma
            or reading.gaps[noun] != " "
        ):
            continue
        lists = reading.words[noun] in ("and", "or") and noun + 1 < stretch.end
        lists = lists and _kind(reading, noun + 1) == _kind(reading, right) and reading.gaps[noun + 1] == " "
        if lists and _kind(reading, right) == "NN":  # `air , rail and energy deals` are all deals
            lists = noun + 2 == stretch.end or reading.tags[noun + 2] not in (*NOUNS, "JJ")
        if not lists and not (_kind(reading, left) == "JJ" and reading.tags[noun] in NOUNS):
            continue
        if not _are_alike(reading, left, right) or _belongs_to_one(
            reading, stretch, left, right, listed=lists
        ):
            continue
        first = left == stretch.first and stretch.opens
        one = reading.inner(left, right) if first else reading.of(left, right)
        other = reading.of(right, noun)
        if one is not None:
            yield reading.change(
                left, noun, f"{reading.outer(other, left) if first else other}{reading.comma}{one}"
            )


def phrases_swapped(reading: Reading) -> Iterator[Change]:
    """`the cast and the music` as `the music and the cast`, as subject or as object."""
    for stretch, place in reading.each():
        if (
            reading.words[place] not in ("and", "or")
            or place + 2 >= stretch.end
            or reading.gaps[place] != " "
        ):
            continue
        firsts = [at for at in range(stretch.first, place - 1) if _determines(reading, at)]
        if not firsts or reading.gaps[place + 1] != " " or not _determines(reading, place + 1):
            continue
        left, end = firsts[-1], reading.noun_phrase(place + 1, stretch.end)
        if reading.noun_phrase(left, place) != place or end < place + 3 or reading.scoped(left, end):
            continue
        opens = left == stretch.first and stretch.opens
        if not opens and (
            left == stretch.first
            or reading.tags[left - 1] not in (*FINITE, "VB", "VBG")
            or "," in reading.gaps[left]
        ):
            continue
        if end < stretch.end and "," not in reading.gaps[end] and not (opens and reading.tags[end] in FINITE):
            continue
        if reading.tags[place + 1] == "PRP$" and reading.tags[left] != "PRP$":  # it may mean the first
            continue
        one = reading.inner(left, place) if opens else reading.of(left, place)
        other = reading.of(place + 1, end)
        if one is not None:
            yield reading.change(
                left, end, f"{reading.outer(other, left) if opens else other}{_between(reading, place)}{one}"
            )


def _determines(reading: Reading, place: int) -> bool:
    return reading.tags[place] in ("DT", "PRP$") and reading.words[place] not in (
        "both",
        "either",
        "neither",
        "all",
        "no",
    )


def of_genitive(reading: Reading) -> Iterator[Change]:
    """`the film 's ending` as `the ending of the film`: where `'s` is a genitive for certain."""
    for stretch, place in reading.each():
        owner, name = _owner(reading, stretch, place)
        head = place + 1
        if not name or head >= stretch.end or reading.gaps[head] != " " or reading.scoped(owner, head):
            continue
        end = reading.noun_phrase(head, stretch.end)
        things = {"NN", "NNS"} & set(reading.tags[head:end]) and not {"NNP", "NNPS"} & set(
            reading.tags[head:end]
        )
        if not things or reading.tags[head] in ("DT", "PRP$", "PRP", "PDT"):
            continue
        governed = owner > stretch.first and reading.tags[owner - 1] == "IN" and reading.gaps[owner] == " "
        last = end == stretch.end or "," in reading.gaps[end]
        verb = not last and reading.gaps[end] == " " and reading.tags[end] in FINITE
        if not verb and not (governed and last):
            continue
        opens = owner == stretch.first
        if opens and not stretch.opens:  # behind `ms.`, of which a name may be the other half
            continue
        inner = reading.inner(owner, place + 1) if opens else name
        if inner is not None:
            article = reading.outer("the", owner) if opens else "the"
            yield reading.change(owner, end, f"{article} {reading.of(head, end)} of {inner[: len(name)]}")


def _owner(reading: Reading, stretch: Stretch, place: int) -> tuple[int, str]:
    """Where the owner begins whose genitive ends at a place, and how it is called; "" where it is not sure to be one."""
    if reading.spaced:
        noun = place - 1
        genitive = reading.words[place] == "s" and reading.gaps[place] in (" '", " ’")
    else:
        noun = place
        genitive = reading.words[place].endswith("'s")
    if not genitive or noun < stretch.first or reading.words[noun].removesuffix("'s") in _TIMES:
        return place, ""
    before = noun - 1
    first = noun == stretch.first
    if not first and reading.words[before] in ("the", "this") and reading.tags[noun] == "NN":
        owner = before
    elif reading.tags[noun] in ("NN", "NNP") and (
        first or (reading.tags[before] == "IN" and reading.words[before] != "that")
    ):
        owner = noun
    else:
        return place, ""
    name = reading.of(owner, noun + 1)
    return owner, name if reading.spaced else name[:-2]


_TIMES_TEXT = """
today yesterday tomorrow tonight year week month day monday tuesday wednesday thursday friday saturday sunday it that one else
"""
_TIMES = frozenset(_TIMES_TEXT.split())
"""What has a genitive that is no owner's, and the hosts of a contracted `is`."""


def _between(reading: Reading, place: int) -> str:
    return f" {reading.of(place, place + 1)} "


def _kind(reading: Reading, place: int) -> str | None:
    """What two words must share to be joined; a participle joined to an adjective is one."""
    tag = reading.tags[place]
    if (
        tag in ("VBG", "VBN")
        and place
        and reading.tags[place - 1] == "CC"
        and reading.tags[place - 2] == "JJ"
    ):
        return "JJ"
    return _JOINABLE.get(tag)


def _are_alike(reading: Reading, left: int, right: int) -> bool:
    kind = _JOINABLE.get(reading.tags[left])
    if (
        kind is None
        or kind != _JOINABLE.get(reading.tags[right])
        or reading.words[left] == reading.words[right]
    ):
        return False
    if reading.sentence.protected[left] or reading.sentence.protected[right]:
        return False
    if reading.words[left] in CLOSED_CLASS or reading.words[right] in CLOSED_CLASS:
        return False
    return not any(reading.words[at] in _PAIRED for at in (left, right))


_PAIRED_TEXT = """
more less so again then over forth on up down out now there here only
"""
_PAIRED = frozenset(_PAIRED_TEXT.split())
"""Words of set phrases: `more and more`, `now and then`."""


def _belongs_to_one(
    reading: Reading, stretch: Stretch, left: int, right: int, *, listed: bool = False
) -> bool:
    """Whether something before or behind two joined words may belong to one of them alone."""
    noun = reading.tags[left] in NOUNS
    before = left - 1
    if before >= stretch.first and "," not in reading.gaps[left]:
        word, tag = reading.words[before], reading.tags[before]
        if reading.scoped(before, left) or reading.gaps[left] != " ":
            return True
        if tag == "IN" and not noun:  # `in general and …`
            return True
        if word in ("a", "an") and (noun or _begins_vowel(reading, left) != _begins_vowel(reading, right)):
            return True
        if tag in ("JJ", "JJR", "JJS", "RB", "RBR", "RBS", "VBG", "VBN", "CD", "POS", *NOUNS) or word in (
            "s",
            "more",
            "most",
        ):
            return True
    behind = right + 1
    if listed or behind >= stretch.end or "," in reading.gaps[behind]:
        return False
    if reading.gaps[behind] != " ":
        return True
    tag = reading.tags[behind]
    if noun and tag in FINITE and reading.finite(stretch.first, left):
        return True  # `they burned tires and children fled`
    if noun:
        return tag in ("IN", "TO", "POS", "VBG", "VBN", "CC", "CD", "JJ", "DT", "WDT", "WP", *NOUNS)
    if reading.tags[left] == "JJ":
        return tag not in NOUNS and tag != "CC"
    return True


def _begins_vowel(reading: Reading, place: int) -> bool:
    return reading.words[place][:1] in _VOWELS


def passive(reading: Reading) -> Iterator[Change]:
    """`the cast saves the film` as `the film is saved by the cast`: a sentence of subject, verb and object alone."""
    for stretch in reading.stretches:
        first, end = stretch.first, stretch.end
        if (
            not stretch.whole
            or not reading.plain(first, end)
            or reading.commas(first, end)
            or not reading.begins_subject(first)
        ):
            continue
        verb = reading.noun_phrase(first, end)
        if not first < verb < end - 1 or reading.tags[verb] not in ("VBD", "VBZ", "VBP"):
            continue
        if reading.noun_phrase(verb + 1, end) != end or reading.scoped(first, end):
            continue
        if turned := _turned(reading, first, verb, end):
            yield reading.change(first, end, turned)


def _turned(reading: Reading, first: int, verb: int, end: int) -> str | None:
    tag = reading.tags[verb]
    lemma = next(iter(forms(reading.words[verb]).get(tag, ())), None)
    participle = inflected(lemma, "VBN") if lemma and lemma not in _STATES else None
    subject, patient = reading.inner(first, verb), reading.of(verb + 1, end)
    if (
        not participle
        or subject is None
        or {"its", "his", "her", "their", "your", "my", "our"} & set(reading.words[verb + 1 : end])
    ):
        return None
    if reading.tags[verb + 1] == "PRP":
        if reading.words[verb + 1] not in _SUBJECTS:
            return None
        patient = _SUBJECTS[reading.words[verb + 1]]
    if reading.tags[first] == "PRP":
        subject = _OBJECTS.get(reading.words[first], subject)
    several = reading.tags[end - 1] in ("NNS", "NNPS") or patient in ("they", "we")
    auxiliary = ("were" if several else "was") if tag == "VBD" else ("are" if several else "is")
    return f"{reading.outer(patient, first)} {auxiliary} {participle} by {subject}"


RULES = (swapped, items_swapped, phrases_swapped, of_genitive, passive)
