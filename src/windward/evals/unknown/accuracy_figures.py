"""How often a model's answer is right, where a set names right answers."""

from __future__ import annotations

from math import sqrt

from windward.evals.unknown.correct import ALIASES, PAPER
from windward.evals.unknown.measured import Measured
from windward.evals.unknown.records import SYSTEM
from windward.rows import Result

METRICS = {PAPER: "accuracy", ALIASES: "alias_aware_accuracy"}


def accuracy_results(measured: Measured) -> list[Result]:
    """`accuracy` (the paper's rule) and `alias_aware_accuracy` of each half with references, over all its questions.

    `unparsed` counts replies that are missing, and questions of such a half that name no answer: nothing can be right there.
    """
    results = []
    for half in measured.halves:
        if not half.has_references:
            continue
        n = len(half.answered)
        lost = sum(one.response is None or not one.question.references for one in half.answered)
        for rule, right in half.correct.items():
            share = sum(right) / n
            told = {**measured.told, "rule": rule}
            stderr = sqrt(share * (1 - share) / n)
            results.append(
                Result(
                    SYSTEM,
                    measured.model,
                    half.dataset,
                    half.split,
                    METRICS[rule],
                    share,
                    n,
                    told,
                    stderr,
                    lost,
                )
            )
    return results
