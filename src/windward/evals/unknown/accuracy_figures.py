"""How often a model's answer is right, where a set names right answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt

from windward.evals.unknown.measured import Measured
from windward.evals.unknown.records import SYSTEM, Answered
from windward.grading.short_answers import holds_substring, names_reference
from windward.rows import Result

PAPER, ALIASES = "paper", "aliases"
RULES: dict[str, Callable[[str, Sequence[str]], bool]] = {PAPER: holds_substring, ALIASES: names_reference}
"""The released rule (a reference is a substring, case by case) and ours (whole words, as people write them)."""
METRICS = {PAPER: "accuracy", ALIASES: "accuracy_alias_aware"}


def correct(answered: Answered, rule: str = PAPER) -> bool:
    """Whether the reply names a reference; a missing reply does not."""
    return RULES[rule](answered.response or "", answered.question.references)


def has_references(answered: Sequence[Answered]) -> bool:
    """Whether a half is one whose answers can be checked: some question of it names a right answer."""
    return any(one.question.references for one in answered)


def accuracy_results(measured: Measured) -> list[Result]:
    """`accuracy` (the paper's rule) and `accuracy_alias_aware` of each half with references, over all its questions.

    `unparsed` counts replies that are missing, and questions of such a half that name no answer: nothing can be right there.
    """
    results = []
    for half in measured.halves():
        if not has_references(half.answered):
            continue
        n = len(half.answered)
        lost = sum(one.response is None or not one.question.references for one in half.answered)
        for rule, metric in METRICS.items():
            share = sum(correct(one, rule) for one in half.answered) / n
            told = {**measured.told, "rule": rule}
            stderr = sqrt(share * (1 - share) / n)
            results.append(
                Result(SYSTEM, measured.model, half.dataset, half.split, metric, share, n, told, stderr, lost)
            )
    return results
