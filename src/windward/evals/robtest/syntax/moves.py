"""Rules that move a part: an adverb, a time, a clause, or who said it. Nothing moves across a negation."""

from __future__ import annotations

from collections.abc import Iterator

from windward.evals.robtest.syntax.clauses import FINITE, NOUNS, SUBJECTS, Change, Reading

_DAYS = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
_SINGLE = {"yesterday", "today", "tonight"}
_SPANS = {"week", "month", "year", "night", "season"}
_ADVERBS_TEXT = """
ultimately occasionally sometimes usually probably eventually apparently generally undoubtedly frequently
"""
_ADVERBS = frozenset(_ADVERBS_TEXT.split())
"""Adverbs that say the same of a whole sentence from its beginning and from its middle."""
_OPENERS = _ADVERBS | {
    "unfortunately",
    "fortunately",
    "sadly",
    "however",
    "surprisingly",
    "obviously",
    "meanwhile",
}
_CONJUNCTIONS_TEXT = """
although because while if unless until when whenever since after before
"""
_CONJUNCTIONS = frozenset(_CONJUNCTIONS_TEXT.split())
_ASKING_TEXT = """
know knows knew wonder wonders see ask asks tell tells remember is was decide
"""
_ASKING = frozenset(_ASKING_TEXT.split())
_INNER = {"WP", "WP$", "WDT", "WRB"}
_SAID = {"said", "says", "reported"}
_SHORT = 10
"""Words of a clause, behind which a phrase of its beginning is still understood to belong to the whole."""
_PREPOSITIONS = {"in", "at", "on", "during", "despite", "throughout"}


def adverb_first(reading: Reading) -> Iterator[Change]:
    """`it is ultimately sad` as `ultimately , it is sad`."""
    for stretch in reading.stretches:
        for place in range(stretch.first + 1, stretch.end - 1):
            if reading.words[place] not in _ADVERBS or not stretch.whole:
                continue
            before, first = reading.finite(stretch.first, place), stretch.first
            plain = reading.gaps[place] == reading.gaps[place + 1] == " " and not reading.commas(
                first, place + 1
            )
            if (
                not plain
                or len(before) > 1
                or not reading.begins_subject(first)
                or not reading.plain(first, place)
            ):
                continue
            rest = set(reading.words[place : stretch.end])
            if {"and", "but", "or"} & rest and len(reading.finite(place, stretch.end)) > (not before):
                continue  # of two clauses it belongs to one
            if (before and before[-1] != place - 1) or reading.scoped(first, place):
                continue
            if not before and (
                reading.noun_phrase(first, stretch.end) != place or not reading.finite(place + 1, place + 2)
            ):
                continue
            inner = reading.inner(first, place)
            if inner is not None:
                adverb = reading.outer(reading.of(place, place + 1), first)
                behind = reading.of(place + 1, stretch.end)
                yield reading.change(first, stretch.end, f"{adverb}{reading.comma}{inner} {behind}")


def opener_last(reading: Reading) -> Iterator[Change]:
    """`unfortunately , S` as `S , unfortunately`, and `in spring , S` as `S in spring`."""
    for stretch in reading.stretches:
        first, end = stretch.first, stretch.end
        commas = reading.commas(first, end)
        if not stretch.whole or len(commas) != 1 or not reading.plain(first, end):
            continue
        start = commas[0]
        if (
            not _is_clause(reading, start, end)
            or end - start > _SHORT
            or reading.scoped(start, end)
            or len(reading.finite(start, end)) > 1
        ):
            continue
        adverb = start == first + 1 and reading.words[first] in _OPENERS
        phrase = reading.words[first] in _PREPOSITIONS and 2 < start - first + 1 < 7
        phrase = phrase and reading.noun_phrase(first + 1, start) == start
        opener = reading.inner(first, start) if adverb or phrase else None
        if opener is not None:
            main = reading.outer(reading.of(start, end), first)
            yield reading.change(first, end, f"{main}{reading.comma if adverb else ' '}{opener}")


def time_first(reading: Reading) -> Iterator[Change]:
    """`a court on Monday ruled`, `officials said Monday`, `it opened on Monday` as `on Monday , …`."""
    for stretch in reading.stretches:
        first, end = stretch.first, stretch.end
        if not stretch.opens or len(stretch) < 4 or not reading.begins_subject(first):
            continue
        verbs = reading.finite(first, end)
        for place in range(first + 1, end):
            behind = _time(reading, place, end)
            if behind == place or reading.commas(first, behind) or not reading.plain(first, behind):
                continue
            if (
                reading.scoped(first, behind)
                or _INNER & set(reading.tags[first:place])
                or "that" in reading.words[first:place]
            ):
                continue
            last = behind == end
            between = behind in verbs and not reading.finite(first, place)
            after_verb = place - 1 in verbs and verbs[0] == place - 1 and not last
            final = last and stretch.closes and len(verbs) == 1 and verbs[0] < place
            if not (between or after_verb or final) or (not last and reading.gaps[behind] != " "):
                continue
            if _TWO_CLAUSES & set(reading.words[first:place]) or (
                after_verb and reading.tags[behind] in ("CC", "IN", "TO")
            ):
                continue
            inner = reading.inner(first, place)
            if inner is not None:
                time = reading.outer(reading.of(place, behind), first)
                rest = "" if last else " " + reading.of(behind, end)
                yield reading.change(first, end, f"{time}{reading.comma}{inner}{rest}")
            break


_TWO_CLAUSES = {"and", "or", "but", *_CONJUNCTIONS}


def _time(reading: Reading, place: int, end: int) -> int:
    """The place behind a phrase of time that begins at a place; that place itself where none does."""
    words = reading.words
    following = words[place + 1] if place + 1 < end and reading.gaps[place + 1] == " " else ""
    if words[place] == "on" and following in _DAYS:
        return place + 2
    if words[place] in ("last", "this", "next") and following in _SPANS:
        return place + 2
    alone = words[place] in _SINGLE or (
        words[place] in _DAYS and words[place - 1] not in ("on", "last", "next", "this")
    )
    joined = following in ("night", "morning", "afternoon", "evening")
    return place + 1 if alone and not joined and words[place - 1] not in _NOT_ALONE else place


_NOT_ALONE_TEXT = """
late early until since by from of for than before after the to on is
"""
_NOT_ALONE = frozenset(_NOT_ALONE_TEXT.split())


def clause_first(reading: Reading) -> Iterator[Change]:
    """`S although C` as `although C , S`."""
    for stretch in reading.stretches:
        first, end = stretch.first, stretch.end
        if not stretch.whole or not reading.plain(first, end) or not _is_clause(reading, first, end):
            continue
        places = [place for place in range(first + 2, end - 2) if reading.words[place] in _CONJUNCTIONS]
        if len(places) != 1 or not _is_clause(reading, places[0] + 1, end):
            continue
        place = places[0]
        commas = reading.commas(first, end)
        if [at for at in commas if at != place] or not _holds_together(reading, first, place, bool(commas)):
            continue
        inner = reading.inner(first, place)
        if inner is not None:
            clause = reading.outer(reading.of(place, end), first)
            yield reading.change(first, end, f"{clause}{reading.comma}{inner}")


def clause_last(reading: Reading) -> Iterator[Change]:
    """`although C , S` as `S although C`."""
    for stretch in reading.stretches:
        first, end = stretch.first, stretch.end
        commas = reading.commas(first, end)
        if not stretch.whole or len(commas) != 1 or reading.words[first] not in _CONJUNCTIONS:
            continue
        place = commas[0]
        if (
            not reading.plain(first, end)
            or not _is_clause(reading, first + 1, place)
            or not _is_clause(reading, place, end)
        ):
            continue
        if not _holds_together(reading, place, end, True) or {"and", "but", "or"} & set(
            reading.words[place:end]
        ):
            continue
        clause = reading.inner(first, place)
        if clause is not None:
            main = reading.outer(reading.of(place, end), first)
            apart = reading.comma if reading.words[first] in ("although", "while") else " "
            yield reading.change(first, end, f"{main}{apart}{clause}")


def _holds_together(reading: Reading, first: int, end: int, apart: bool) -> bool:
    """Whether a main clause is one clause, without negation, of which a clause at its side is no object or attribute."""
    if (
        reading.scoped(first, end)
        or _INNER & set(reading.tags[first:end])
        or "that" in reading.words[first:end]
    ):
        return False
    if len(reading.finite(first, end)) != 1 or {"and", "but", "or", "than", "as", "like", "so"} & set(
        reading.words[first:end]
    ):
        return False
    if apart:
        return True
    if {"VBG", "TO"} & set(reading.tags[first:end]) or reading.words[end - 1] in _ASKING | _MOMENTS:
        return False  # of an inner verb, or of a noun: `at a time when …`
    return reading.tags[end - 1] in ("NN", "NNS", "PRP", "JJ", "RB")


_MOMENTS_TEXT = """
time times moment day days year years week weeks month months hour hours minute minutes point age era case
even just only shortly soon long right immediately ever especially except
"""
_MOMENTS = frozenset(_MOMENTS_TEXT.split())
"""Words that a conjunction behind them belongs to (`even before`, `the day when`)."""


def _is_clause(reading: Reading, first: int, end: int) -> bool:
    return end - first > 1 and reading.begins_subject(first) and bool(reading.finite(first + 1, end))


def speaker_first(reading: Reading) -> Iterator[Change]:
    """`S , officials said on Monday` as `officials said on Monday that S`."""
    for stretch in reading.stretches:
        first, end = stretch.first, stretch.end
        commas = reading.commas(first, end)
        if (
            not stretch.whole
            or not commas
            or not reading.plain(first, end)
            or not _is_clause(reading, first, commas[0])
        ):
            continue
        start = commas[-1]
        verb = reading.noun_phrase(start, end)
        if not start < verb < end or reading.words[verb] not in _SAID:
            continue
        behind = _time(reading, verb + 1, end) if verb + 1 < end else end
        if behind != end or {"who", "which", "that"} & set(reading.words[first:start]):
            continue
        if len(commas) > 1 and start - commas[-2] < 4:  # of a place or a title within the speaker
            continue
        said = reading.inner(first, start)
        if said is not None:
            speaker = reading.outer(reading.of(start, end), first)
            yield reading.change(first, end, f"{speaker} that {said}")


def speaker_last(reading: Reading) -> Iterator[Change]:
    """`officials said on Monday that prices rose` as `prices rose , officials said on Monday`."""
    for stretch in reading.stretches:
        first, end = stretch.first, stretch.end
        if (
            not stretch.whole
            or reading.words[first] in SUBJECTS
            or not reading.begins_subject(first)
            or not reading.plain(first, end)
        ):
            continue
        verb = reading.noun_phrase(first, end)
        if not first < verb < end - 3 or reading.words[verb] not in _SAID or reading.scoped(first, verb):
            continue
        place = _time(reading, verb + 1, end)
        start = place + (reading.words[place] == "that") if place < end else end
        if start > end - 2 or reading.words[start] in SUBJECTS or reading.tags[start] not in ("DT", *NOUNS):
            continue
        behind = reading.noun_phrase(start, end)
        if not start < behind < end or reading.tags[behind] not in FINITE or reading.commas(first, end):
            continue
        speaker = reading.inner(first, place)
        if speaker is not None:
            said = reading.outer(reading.of(start, end), first)
            yield reading.change(first, end, f"{said}{reading.comma}{speaker}")


RULES = (speaker_last, adverb_first, opener_last, time_first, clause_first, clause_last, speaker_first)
