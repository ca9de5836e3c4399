"""Reading one mark: a number on a scale, as people and models write it. Anything that could mean two things is refused."""

from __future__ import annotations

import re
from typing import NamedTuple

from windward.feedback.records import NOT_APPLICABLE

HEAD = 200
"""Characters of a line that are looked at: a mark stands at its beginning, and no pattern meets more than this."""

_DRESS = str.maketrans("", "", "*_`\"'")
_NUMBER = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?")
_OUT_OF = re.compile(
    r"[\s)\]]{0,3}\(?\s{0,3}(?:/|out\s{1,3}of|of)\s{0,3}([0-9]{1,3})(?![0-9.]{0,6}[0-9])", re.I
)
_SECOND = re.compile(r"[^a-z]{0,12}(?:(?:or|to|and|but|then|maybe)\b[^a-z]{0,12})?[0-9]", re.I)
_NO_MARK = re.compile(r"(?:n\s?/?\s?a|not[\s-]applicable)(?![a-z])", re.I)


class Mark(NamedTuple):
    """What stands in a line: a value, or why there is none (`not applicable`, or `unread: …`)."""

    value: float | None
    absent: str = ""

    @property
    def read(self) -> bool:
        """Whether the judge said something: a number, or that the aspect does not apply."""
        return self.value is not None or self.absent == NOT_APPLICABLE


def unread(why: str) -> Mark:
    """No mark, and why."""
    return Mark(None, f"unread: {why}")


def read_mark(line: str, low: int, high: int) -> Mark:
    """Reads the mark at the beginning of a line, on a scale from `low` to `high`.

    `4`, `4.5`, `**4**`, `[4]`, `4/5`, `4 out of 5`, `4.`, `2. Partial focus` and `N/A ` are read. What lies outside
    the scale, is out of another number than `high`, or is followed by a second number (`3-4`, `3 or 4`) is not:
    such a line is refused, never rounded or clipped.
    """
    head = line[:HEAD].translate(_DRESS).strip().lstrip("[(<{ ")
    if not head:
        return unread("there is no rating")
    if none := _NO_MARK.match(head):
        return _contested(line, head[none.end() :]) or Mark(None, NOT_APPLICABLE)
    number = _NUMBER.match(head)
    if number is None:
        return unread(f"{_short(line)} is no number")
    rest = head[number.end() :]
    if out_of := _OUT_OF.match(rest):
        if int(out_of[1]) != high:
            return unread(f"{_short(line)} is out of {out_of[1]}, not of {high}")
        rest = rest[out_of.end() :]
    if contested := _contested(line, rest):
        return contested
    value = float(number[0])
    if not low <= value <= high:
        return unread(f"{_short(line)} lies outside {low} to {high}")
    return Mark(value)


def is_only_mark(line: str) -> bool:
    """Whether a line holds a number or N/A, on any scale, and no other word."""
    head = line.translate(_DRESS).strip().strip("[](){}<>.!, ") if len(line) <= HEAD else ""
    found = _NO_MARK.match(head) or _NUMBER.match(head)
    if found is None:
        return False
    rest = head[found.end() :]
    return not rest.strip() or (
        (tail := _OUT_OF.match(rest)) is not None and not rest[tail.end() :].strip(")] .")
    )


def _contested(line: str, rest: str) -> Mark | None:
    """A refusal where what follows a mark says something else."""
    if rest[:1] == "%" or rest[:1].isalnum() or _SECOND.match(rest):
        return unread(f"{_short(line)} can be read in two ways")
    return None


def _short(line: str) -> str:
    text = line.strip()
    return repr(text if len(text) <= 40 else text[:40] + "…")
