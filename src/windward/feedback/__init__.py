"""Feedback: completions from a pool under principles, judged by aspect, criticised, audited, and made into pairs."""

from windward.feedback.records import (
    ASPECTS,
    NOT_APPLICABLE,
    Aspect,
    Completion,
    Critique,
    JudgeKind,
    Rating,
    Record,
    record_from_dict,
)

__all__ = [
    "ASPECTS",
    "NOT_APPLICABLE",
    "Aspect",
    "Completion",
    "Critique",
    "JudgeKind",
    "Rating",
    "Record",
    "record_from_dict",
]
