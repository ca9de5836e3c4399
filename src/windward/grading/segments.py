"""Where a response states its answer: the part that a rule for options, truth values or words reads."""

from __future__ import annotations

import re
from typing import NamedTuple

from windward.grading.maths.extract import TAIL_CHARS, boxes

SHORT = 200
"""A response of no more characters than this, on one line, is an answer as a whole."""

_MARKER = re.compile(
    r"(?:\b(?:final\s+)?(?:answers?|solution|conclusion)\b\s*\**\s*(?:is|are|:|=)\s*\**\s*:?\s*\**|<solution>\s*)",
    re.IGNORECASE,
)
_TEXT = re.compile(r"\\(?:text|textbf|mathrm|mathbf|textit)\s*\{([^{}]*)\}")


class Segment(NamedTuple):
    """Part of a response.

    Attributes:
        text: the part, without mark-up around it; empty where there is nothing.
        rule: where it stood: `boxed`, `marked`, `whole`, `last-line`, or `truncated` for a box that is cut off.
    """

    text: str
    rule: str


def answer_segment(response: str) -> Segment:
    """What the response gives as its answer: its last box, else what follows its last answer marker on that line,
    else all of it where it is short, else its last line.
    """  # noqa: D205
    text = response.strip()[-TAIL_CHARS:]
    found = boxes(text)
    if found:
        content = found[-1][2]
        return Segment(_bare(content), "boxed") if content is not None else Segment("", "truncated")
    for marker in reversed(list(_MARKER.finditer(text))):
        rest = text[marker.end() :].strip()
        if rest.strip("*.: "):
            return Segment(_bare(rest.split("\n", 1)[0]), "marked")
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and len(text) <= SHORT:
        return Segment(_bare(text), "whole")
    return Segment(_bare(lines[-1]) if lines else "", "last-line")


def _bare(text: str) -> str:
    return _TEXT.sub(r"\1", text).replace("**", "").replace("$", "").strip(" `")
