"""Rules that add, take or join a small word: contractions of auxiliaries (never of negation), `that`, and `which is`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from windward.evals.robtest.syntax.clauses import FINITE, NOUNS, SUBJECTS, Change, Reading

_FULL = {"s": "is", "re": "are", "ve": "have", "ll": "will", "m": "am"}
_SHORT = {full: short for short, full in _FULL.items()}
_HOSTS = {
    "is": {"it", "he", "she", "that", "there", "what", "who", "here"},
    "are": {"you", "we", "they"},
    "have": {"i", "you", "we", "they"},
    "will": {"i", "you", "he", "she", "it", "we", "they"},
    "am": {"i"},
}
_JOINED = re.compile(r"(\w+)'(s|re|ve|ll|m)")
_MARKS = (" '", "'", " ’", "’")
_BEFORE_CLAUSE_TEXT = """
because although though if when while since that and but so
"""
_BEFORE_CLAUSE = frozenset(_BEFORE_CLAUSE_TEXT.split())
_THINKING_TEXT = """
think thinks thought believe believes believed know knows knew say says said hope hopes hoped feel feels felt
realize realizes realized suspect suspects suspected admit admits admitted insist insists insisted suppose guess wish
argue argues argued
"""
_THINKING = frozenset(_THINKING_TEXT.split())
_SENSING_TEXT = """
feel feels felt know knows knew realize realizes realized
"""
_SENSING = frozenset(_SENSING_TEXT.split())
"""Verbs whose object may be a noun with a clause of its own (`feel the passion others have`)."""
_DROPPING_TEXT = """
think thinks thought believe believes hope hopes say says said know feel
"""
_DROPPING = frozenset(_DROPPING_TEXT.split())
_BE = {"is", "are", "was", "were", "'s", "s", "re"}


def expanded(reading: Reading) -> Iterator[Change]:
    """`it 's` as `it is`; not before a participle, where it may be `it has`."""
    for stretch, place in reading.each():
        word = reading.sentence.words[place]
        if joined := _JOINED.fullmatch(word.replace("’", "'")):
            first, host, short = place, word[: len(joined[1])], joined[2].lower()
        elif place > stretch.first and reading.words[place] in _FULL and reading.gaps[place] in _MARKS:
            first, host, short = place - 1, reading.sentence.words[place - 1], reading.words[place]
        else:
            continue
        full = _FULL[short]
        if host.lower() not in _HOSTS[full] or reading.gaps[place + 1] != " ":
            continue
        behind = next((at for at in range(place + 1, stretch.end) if reading.tags[at] != "RB"), None)
        if behind is not None and not (short == "s" and reading.tags[behind] in ("VBN", "VBD")):
            yield reading.change(first, place + 1, f"{host} {full}")


def contracted(reading: Reading) -> Iterator[Change]:
    """`it is` as `it 's`, where the pronoun begins a clause and something follows."""
    for stretch, place in reading.each():
        full = reading.words[place]
        if full not in _SHORT or place == stretch.first or place + 1 >= stretch.end:
            continue
        host = reading.words[place - 1]
        if host not in _HOSTS[full] or reading.gaps[place] != " " or reading.gaps[place + 1] != " ":
            continue
        begins = place - 1 == stretch.first or "," in reading.gaps[place - 1]
        begins = begins or reading.words[place - 2] in _BEFORE_CLAUSE
        begins = begins or (host == "who" and reading.tags[place - 2] in NOUNS)
        if (
            not begins
            or reading.tags[place + 1] in ("IN", "TO", "CC", *FINITE)
            or reading.words[place + 1] == "n't"
        ):
            continue
        if full == "have" and not _is_perfect(reading, place, stretch.end):
            continue
        if full == "will" and reading.tags[place + 1] not in ("VB", "RB"):
            continue
        apart = " '" if reading.spaced else "'"
        yield reading.change(place - 1, place + 1, reading.of(place - 1, place) + apart + _SHORT[full])


def _is_perfect(reading: Reading, place: int, end: int) -> bool:
    behind = next((at for at in range(place + 1, end) if reading.tags[at] != "RB"), end)
    return behind < end and reading.tags[behind] in ("VBN", "VBD")


def without_that(reading: Reading) -> Iterator[Change]:
    """`think that it` as `think it`."""
    for stretch, place in reading.each():
        if reading.words[place] != "that" or not stretch.first < place < stretch.end - 2:
            continue
        thought = reading.words[place - 1] in _DROPPING and reading.words[place + 1] in SUBJECTS
        plain = reading.gaps[place] == reading.gaps[place + 1] == " "
        if thought and plain and _has_verb(reading, place + 2, stretch.end):
            yield Change(reading.spans[place - 1][1], reading.spans[place][1], "")


def with_that(reading: Reading) -> Iterator[Change]:
    """`said the firm would` as `said that the firm would`."""
    for stretch, place in reading.each():
        if reading.words[place] not in _THINKING or reading.tags[place] not in (*FINITE, "VB"):
            continue
        if (
            reading.tags[place] == "VB" and reading.words[place] == "say"
        ):  # an example, as in `since say it began`
            continue
        subject = place + 1
        if place == stretch.first or subject >= stretch.end - 1 or reading.gaps[subject] != " ":
            continue
        if reading.words[subject] in ("that", "this", "these", "those", "what") or not reading.begins_subject(
            subject
        ):
            continue
        if reading.words[subject] not in SUBJECTS and reading.words[place] in _SENSING:
            continue
        behind = reading.noun_phrase(subject, stretch.end)
        if (
            subject < behind < stretch.end
            and reading.gaps[behind] == " "
            and _has_verb(reading, behind, stretch.end)
        ):
            end = reading.spans[place][1]
            yield Change(end, end, " that")


def _has_verb(reading: Reading, place: int, end: int) -> bool:
    """Whether a finite verb stands at a place, or behind one adverb there."""
    if reading.tags[place] == "RB" and place + 1 < end and reading.gaps[place + 1] == " ":
        place += 1
    return reading.tags[place] in FINITE and reading.words[place] not in ("'s", "s")


def without_which_is(reading: Reading) -> Iterator[Change]:
    """`a film that is made for` as `a film made for`: only before a participle that has something behind it."""
    for stretch, place in reading.each():
        if (
            reading.words[place] not in ("that", "which", "who")
            or not stretch.first < place < stretch.end - 3
        ):
            continue
        verb, part = place + 1, place + 2
        plain = reading.gaps[place] == reading.gaps[part] == reading.gaps[part + 1] == " "
        participle = reading.tags[part] in ("VBN", "VBG") and reading.tags[part + 1] in ("IN", "TO")
        if plain and participle and reading.words[verb] in _BE and reading.tags[place - 1] in NOUNS:
            yield Change(reading.spans[place - 1][1], reading.spans[verb][1], "")


def relative_without_that(reading: Reading) -> Iterator[Change]:
    """`the film that you love` as `the film you love`."""
    for stretch, place in reading.each():
        if reading.words[place] != "that" or not stretch.first < place < stretch.end - 2:
            continue
        if reading.tags[place - 1] not in ("NN", "NNS") or reading.words[place - 1] in _CONTENT:
            continue
        if {"so", "such"} & set(reading.words[stretch.first : place]) or not _lacks_object(
            reading, place + 2, stretch.end
        ):
            continue
        plain = reading.gaps[place] == reading.gaps[place + 1] == " "
        if plain and reading.words[place + 1] in SUBJECTS:
            yield Change(reading.spans[place - 1][1], reading.spans[place][1], "")


def _lacks_object(reading: Reading, verb: int, end: int) -> bool:
    """Whether the finite verb at a place, with its infinitive or participle, has nothing or a preposition behind it."""
    if reading.tags[verb] not in FINITE:
        return False
    behind = verb + 1
    while behind < end and reading.gaps[behind] == " " and reading.tags[behind] in ("VB", "VBN", "VBD"):
        behind += 1
    return behind == end or reading.gaps[behind] != " " or reading.tags[behind] == "IN"


def relative_with_that(reading: Reading) -> Iterator[Change]:
    """`he loves the film you made` as `he loves the film that you made`."""
    for stretch, place in reading.each():
        if not stretch.first + 2 < place < stretch.end - 1 or reading.words[place] not in SUBJECTS:
            continue
        if (
            reading.tags[place - 1] not in ("NN", "NNS")
            or reading.gaps[place] != " "
            or reading.gaps[place + 1] != " "
        ):
            continue
        finite = reading.finite(stretch.first, place - 1)
        alone = not _BEFORE_CLAUSE & set(reading.words[stretch.first : place]) and reading.tags[
            stretch.first
        ] not in ("IN", "WRB", "RB")
        if (
            finite
            and alone
            and _is_whole(reading, finite[-1], place)
            and reading.tags[place + 1] in ("VBD", "VBP", "VBZ")
        ):
            end = reading.spans[place - 1][1]
            yield Change(end, end, " that")


def _is_whole(reading: Reading, verb: int, end: int) -> bool:
    """Whether all that stands between a verb and a place is its object, with a determiner."""
    return reading.tags[verb + 1] in ("DT", "PRP$") and reading.noun_phrase(verb + 1, end) == end


_CONTENT_TEXT = """
fact idea notion claim sense feeling belief hope fear doubt evidence proof news thought suspicion impression conclusion way
possibility chance view argument report today yesterday week month year
"""
_CONTENT = frozenset(_CONTENT_TEXT.split())
"""Nouns whose clause says what they are, and does not go without `that`; and times (`said today that it`)."""

RULES = (
    relative_without_that,
    relative_with_that,
    expanded,
    contracted,
    without_that,
    with_that,
    without_which_is,
)
