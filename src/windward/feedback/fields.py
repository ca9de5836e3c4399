"""Reading what a judge says of one text: rating, kinds, reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from windward.feedback.marks import HEAD, Mark, read_mark, unread
from windward.feedback.records import Aspect
from windward.feedback.rubrics import RUBRICS
from windward.feedback.sections import FIELD, MARKUP, bare

LOW, HIGH = 1, 5
"""The scale of every aspect."""


@dataclass(frozen=True)
class TextReading:
    """What was read of one text.

    Attributes:
        mark: its rating, or why there is none.
        rationale: the reason; in an aspect with kinds that of the kinds.
        types: kinds that were named.
        rationale_for_rating: the reason of the number, where an aspect has both.
    """

    mark: Mark
    rationale: str = ""
    types: tuple[str, ...] = ()
    rationale_for_rating: str = ""


@dataclass
class Said:
    """The fields of one section, by name; of one kind there may be several."""

    ratings: list[str]
    scores: list[str]
    types: list[str]
    reasons: list[str]
    later: list[str]
    """Reasons that follow the rating."""


def fields_of(lines: Sequence[str]) -> Said:
    """The fields in the lines of a section; a reason may run over several lines and paragraphs."""
    said = Said([], [], [], [], [])
    loose: list[str] = []
    for name, text in _fields(lines):
        if name.startswith("rationale") and "for" in name.split("rationale", 1)[1]:
            said.later.append(text)
        elif "rating" in name or name == "score":
            mark, _, more = text.partition("\n")
            (said.scores if name == "score" else said.ratings).append(mark)
            loose.append(more.strip())
        elif name.startswith("type"):
            kinds, _, more = text.partition("\n")
            said.types.append(kinds)
            loose.append(more.strip())
        elif name == "":
            loose.append(text)
        else:
            (said.later if said.ratings or said.scores else said.reasons).append(text)
    if not said.reasons and not said.later:
        said.reasons = [text for text in loose if text]
    return said


def read_text(aspect: Aspect, parts: Sequence[Said]) -> TextReading:
    """What a judge says of one text, from every section that bears its label."""
    rubric = RUBRICS[aspect]
    ratings = [one for part in parts for one in part.ratings] or [
        one for part in parts for one in part.scores
    ]
    mark = _agreed([read_mark(one, LOW, HIGH) for one in ratings])
    reasons = [text for part in parts for text in part.reasons]
    later = [text for part in parts for text in part.later]
    if not rubric.kinds:
        return TextReading(mark, "\n\n".join(reasons + later))
    types, wrong = read_types([one for part in parts for one in part.types], len(rubric.kinds))
    if wrong and mark.read:
        mark = unread(wrong)
    if not reasons:
        reasons, later = later, []
    return TextReading(mark, "\n\n".join(reasons), types, "\n\n".join(later))


def read_types(lines: Sequence[str], kinds: int) -> tuple[tuple[str, ...], str]:
    """Kinds that were named, and what is wrong with them ("" where nothing is). No line at all names none."""
    read = {_kinds(line) for line in lines}
    if len(read) > 1:
        return (), "its types are given twice, and differ"
    named = next(iter(read), ())
    if named is None:
        return (), f"types {lines[0].strip()[:40]!r} cannot be read"
    if any(not 1 <= int(one) <= kinds for one in named):
        return (), f"types {lines[0].strip()[:40]!r} are not all of 1 to {kinds}"
    return named, ""


def _kinds(line: str) -> tuple[str, ...] | None:
    """The numbers at the beginning of a line, in order; () for `None`; None for anything else."""
    text = line[:HEAD].lower()
    for separator in MARKUP + ",;:&/+.\"'":
        text = text.replace(separator, " ")
    found: set[str] = set()
    for word in text.split():
        if word.isascii() and word.isdigit() and len(word) <= 3:
            found.add(word)
        elif word not in ("type", "types", "and"):
            break
    if found:
        return tuple(sorted(found))
    first = text.split()[:1]
    return () if first in (["none"], ["no"], ["n"], ["na"]) else None


def _agreed(marks: Sequence[Mark]) -> Mark:
    """The one mark that a text was given; a refusal where there is none, or two that differ."""
    if not marks:
        return unread("there is no rating")
    for mark in marks:
        if not mark.read:
            return mark
    if len(set(marks)) > 1:
        given = " and ".join(
            "N/A" if mark.value is None else f"{mark.value:g}" for mark in dict.fromkeys(marks)
        )
        return unread(f"it is rated {given}")
    return marks[0]


def _fields(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Name and text of each field; "" for what stands before the first."""
    name, text = "", list[str]()
    for line in lines:
        start = bare(line)
        match = FIELD.match(start)
        if match is None:
            text.append(line)
            continue
        if said := "\n".join(text).strip():
            yield name, said
        elif name:
            yield name, ""
        name, text = match[1].lower(), [(start[match.end() :] + line[HEAD:]).lstrip(" \t*_`")]
    if (said := "\n".join(text).strip()) or name:
        yield name, said
