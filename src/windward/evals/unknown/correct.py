"""Is a reply right: by the released rule, and by ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from windward.evals.unknown.records import Answered
from windward.grading.short_answers import holds_substring, names_reference

PAPER, ALIASES = "paper", "aliases"
RULES: dict[str, Callable[[str, Sequence[str]], bool]] = {PAPER: holds_substring, ALIASES: names_reference}
"""The released rule (a reference is a substring, case by case) and ours (whole words, as people write them)."""


def correct(answered: Answered, rule: str = PAPER) -> bool:
    """Whether the reply names a reference; a missing reply does not."""
    return RULES[rule](answered.response or "", answered.question.references)
