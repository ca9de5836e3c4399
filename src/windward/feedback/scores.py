"""Reading a critique: feedback in words and an overall score of 1 to 10. No reply is evaluated, rescaled or rounded."""

from __future__ import annotations

import re
from dataclasses import dataclass

from windward.feedback.marks import HEAD, Mark, is_only_mark, read_mark, unread
from windward.feedback.thinking import after_thinking

LOW, HIGH = 1, 10
"""The scale of the overall score."""

SCORE_VERSION = "1"
"""To be changed with what `read_critique` returns for any text."""

_NAMED = re.compile(r"overall[\s_-]{1,3}(?:score|rating)", re.I)
_CLAIM = re.compile(r"[\s*_`]{0,4}(?:\([^()\n]{0,30}\)[\s*_`]{0,4})?(?:[:=]|\bis\b|\bof\b)", re.I)
_HEADING = re.compile(r"[*_`# \t]{0,6}\n")
_ALONE = re.compile(r"(?:final\s|total\s)?score[\s*_`]{0,4}(?:\([^()\n]{0,30}\)[\s*_`]{0,4})?[:=]", re.I)
_MARKUP = " \t#>*_=-`|["
_TITLE = re.compile(r"[#*_ \t]{0,6}feedback[*_ \t]{0,4}:?[*_ \t]{0,4}\n?", re.I)


@dataclass(frozen=True)
class CritiqueReading:
    """What was read of a critic's reply.

    Attributes:
        text: the feedback, without the score.
        mark: the score, or why there is none.
    """

    text: str
    mark: Mark

    @property
    def flaws(self) -> int:
        """2 for no score, 1 for no feedback."""
        return 2 * (self.mark.value is None) + (not self.text)


@dataclass(frozen=True)
class _Claim:
    """A place that states a score: where its name begins and its value, and the mark."""

    start: int
    value: int
    mark: Mark


def read_score(text: str) -> float | None:
    """The overall score that a reply gives, from 1 to 10, halves kept; None where it gives none, or two.

    A score is what follows `Overall Score:` (or, where that is nowhere, a line that begins with `Score:`), or a number
    that is alone on the first line. `7.5` stays 7.5 and `1` stays 1; `0.5`, `N/A` and `8/100` are none.
    """
    return _mark(text).value


def read_critique(text: str) -> CritiqueReading:
    """Feedback and score of a critic's reply. The feedback is what stands before the score; behind it, if nothing does."""
    said = _plain(text)
    if said is None:
        return CritiqueReading("", unread("the reply ends before the critic has done thinking"))
    claims = _claims(said)
    mark = _agreed([claim.mark for claim in claims]) if claims else unread("no overall score is named")
    if not claims:
        return CritiqueReading(_feedback(said), mark)
    before = _feedback(said[: claims[0].start].rstrip(_MARKUP + "\n"))
    behind = said[claims[-1].value :].partition("\n")[2]
    return CritiqueReading(before or _feedback(behind), mark)


def _mark(text: str) -> Mark:
    said = _plain(text)
    if said is None:
        return unread("the reply ends before the critic has done thinking")
    if claims := _claims(said):
        return _agreed([claim.mark for claim in claims])
    lines = [line for line in said.split("\n") if line.strip()]
    if not lines or not is_only_mark(lines[0]):
        return unread("no overall score is named")
    return _agreed([_scored(line) for line in lines if is_only_mark(line)])


def _plain(text: str) -> str | None:
    said = after_thinking(text)
    return None if said is None else said.replace("\r\n", "\n").replace("\r", "\n")


def _claims(text: str) -> list[_Claim]:
    """Every place that states an overall score, readable or not."""
    found = []
    for name in _NAMED.finditer(text):
        sign = _CLAIM.match(text, name.end()) or _heading(text, name.start(), name.end())
        if sign is not None:
            claim = _claim(text, name.start(), sign.end())
            if claim.mark.value is not None or ":" in sign[0] or "=" in sign[0] or "\n" in sign[0]:
                found.append(claim)
    return found or _alone(text)


def _heading(text: str, start: int, end: int) -> re.Match[str] | None:
    """The end of a line that holds nothing but the name."""
    line = text.rfind("\n", max(0, start - HEAD), start) + 1
    return _HEADING.match(text, end) if not text[line:start].strip(_MARKUP) else None


def _alone(text: str) -> list[_Claim]:
    """Lines that begin with `Score:`."""
    found = []
    start = 0
    for line in text.split("\n"):
        head = line[:HEAD].lstrip(_MARKUP)
        if sign := _ALONE.match(head):
            skipped = len(line[:HEAD]) - len(head)
            found.append(_claim(text, start + skipped, start + skipped + sign.end()))
        start += len(line) + 1
    return found


def _claim(text: str, start: int, after: int) -> _Claim:
    """The mark behind a name: on the same line, or on the next one that is not empty."""
    window = text[after : after + HEAD]
    skipped = len(window) - len(window.lstrip(" \t\n*_`"))
    line = window[skipped:].split("\n", 1)[0]
    return _Claim(start, after + skipped, _scored(line))


def _scored(line: str) -> Mark:
    mark = read_mark(line, LOW, HIGH)
    return unread("the score is N/A") if mark.read and mark.value is None else mark


def _agreed(marks: list[Mark]) -> Mark:
    for mark in marks:
        if mark.value is None:
            return mark
    if len({mark.value for mark in marks}) > 1:
        return unread(
            "two scores are given: " + " and ".join(f"{mark.value:g}" for mark in dict.fromkeys(marks))
        )
    return marks[0]


def _feedback(text: str) -> str:
    said = text.strip()
    title = _TITLE.match(said)
    return said[title.end() :].strip() if title and title[0].strip(" \t*_#").lower() != "feedback" else said
