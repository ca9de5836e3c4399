"""Yes or no: the truth value that an answer settles on."""

from __future__ import annotations

import re

from windward.grading.segments import answer_segment
from windward.grading.verdict import Verdict

_VALUES = {"true": True, "yes": True, "correct": True, "false": False, "no": False, "incorrect": False}
_MENTION = re.compile(
    r"\b(?P<not>(?:not|never|isn't|cannot\s+be|can't\s+be)\s+(?:necessarily\s+|always\s+|a\s+)?)?"
    r"(?P<value>true|false|correct|incorrect)\b",
    re.IGNORECASE,
)
_REPLY = re.compile(
    r"(?:^|[,;:.(]\s*|\bis\s+|\bso\s+|\bor\s+)[\"'`]?(?P<value>yes|no)\b(?=[\"'`\s]*(?:[,.;:!)]|\bor\b|$))",
    re.I,
)


def extract_truth(response: str) -> tuple[bool | None, str]:
    """The truth value that a response settles on, and the rule that found it; None for none, or for both.

    `not true` counts as false. `1` and `0` are numbers, not truth values.
    """
    text, where = answer_segment(response)
    values = {_VALUES[found["value"].lower()] != bool(found["not"]) for found in _MENTION.finditer(text)} | {
        _VALUES[found["value"].lower()] for found in _REPLY.finditer(text)
    }
    if len(values) == 1:
        return values.pop(), f"{where}:truth-value"
    if values:
        return None, "both-truth-values"
    return None, where if where == "truncated" else "no-truth-value"


def grade_truth(response: str, reference: bool) -> Verdict:
    """Whether a response settles on the truth value `reference`."""
    value, rule = extract_truth(response)
    if value is None:
        return Verdict(False, None, rule, "unparsed")
    return Verdict(value is reference, str(value), rule)
