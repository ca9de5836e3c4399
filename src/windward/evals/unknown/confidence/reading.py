"""Reading a confidence out of what a model said: a number from 0 to 10 that is meant as one, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from windward.evals.unknown.confidence.scales import ZERO_TO_TEN, Confidence
from windward.feedback.thinking import after_thinking

READER_VERSION = "1"
"""To be changed with what `read_confidence` returns for any text."""
UNPARSED, OUT_OF_RANGE = "unparsed", "out of range"
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBER = rf"(?P<number>[-+−]?[0-9]+(?:\.[0-9]+)?|\b(?:{'|'.join(_WORDS)})\b)"
_OF = r"(?:\s?(?:/|out of|of)\s?(?P<top>[0-9]+)\b|\s?(?P<percent>%|percent\b))?"
_EDGE = r"[\s*_`\"'()\[\]{}<>.,!:;|=#~-]*"
_ALONE = re.compile(rf"{_EDGE}?{_NUMBER}{_OF}[\s*_`\"'()\[\]{{}}<>.,!;|]*", re.IGNORECASE)
"""A line that holds nothing but the number."""
_BRACKETED = re.compile(rf"\[\s?{_NUMBER}{_OF}\s?\]", re.IGNORECASE)
_SHARE = re.compile(
    rf"(?<![\w./]){_NUMBER}\s?(?:/|out of)\s?(?P<top>[0-9]+)\b(?P<percent>)(?![/.][0-9])", re.IGNORECASE
)
_LABELLED = re.compile(
    r"\b(?:confidence|certainty|rating|score|sureness)\b(?:\s(?:level|score|rating|is|of|at|in|my|this|the|answer|would|be|about))*"
    rf"[\s*_`\"'(\[:=]*{_NUMBER}{_OF}(?![\w/%]|\.[0-9]|\s?(?:-|–|to|or)\s?[0-9])",
    re.IGNORECASE,
)
_SCALE = re.compile(r"\(?\b(?:from |between )?0 ?(?:-|–|to|and) ?10\b\)?", re.IGNORECASE)
"""The scale itself, when a reply says it again."""
_LIST = re.compile(r"^\s*(?:[0-9]+[.)]|\([0-9]+\)|\[[0-9]+\])\s+\S")
"""A line that begins with the marker of a list: its number counts lines and says nothing of confidence."""


def read_confidence(text: str) -> Confidence:
    """The whole number from 0 to 10 that a reply gives as its confidence.

    A number counts where it stands alone in a line, in square brackets, as `7/10` or `7 out of 10`, or behind `Confidence:` and its like;
    `seven` is 7. The marker of a list (`1. …`) does not count, nor does a number within a sentence. Several that differ, a span (`7 to 8`) and
    one that is not whole are `unparsed`; a number off the scale, a percentage and a share of something else than 10 are `out of range`.
    """
    said = after_thinking(text)
    found = set(_readings(said or ""))
    if len(found) != 1:
        return Confidence(None, ZERO_TO_TEN, UNPARSED, text)
    (value,) = found
    if value is None or not ZERO_TO_TEN.holds(value):
        return Confidence(None, ZERO_TO_TEN, OUT_OF_RANGE, text)
    if value != int(value):
        return Confidence(None, ZERO_TO_TEN, UNPARSED, text)
    return Confidence(value, ZERO_TO_TEN, "", text)


def _readings(text: str) -> Iterator[float | None]:
    """Every number that is meant as a confidence; None for one on another scale."""
    for line in text.splitlines():
        if _LIST.match(line):
            continue
        said = _SCALE.sub(" ", line)
        alone = _ALONE.fullmatch(said)
        if alone is not None:
            yield _value(alone)
            continue
        for pattern in (_LABELLED, _BRACKETED, _SHARE):
            for found in pattern.finditer(said):
                yield _value(found)


def _value(found: re.Match[str]) -> float | None:
    number, top = found["number"].lower(), found["top"]
    if found["percent"] or (top is not None and top != "10"):
        return None
    if number in _WORDS:
        return float(_WORDS.index(number))
    return float(number.replace("−", "-")) if len(number) < 10 else None
