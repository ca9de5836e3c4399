"""The study's main figures as Markdown: an arm a column, so that what is gained stands beside what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windward.evals.unknown.confidence.likelihood import QuestionPerplexity
from windward.evals.unknown.correct import ALIASES
from windward.evals.unknown.records import DATASETS
from windward.recipes.unknown.arms import ALWAYS, BASE, ODD, PREFERENCE, SUPERVISED
from windward.recipes.unknown.figures import ALL, GIVEN
from windward.recipes.unknown.replies import ANSWER_PROBABILITY
from windward.reports.intervals import interval, wilson
from windward.rows import Result, select

_BASE_DID = {"right": "answered rightly", "wrong": "answered wrongly", "answered": "did not refuse"}
COLUMNS = (BASE, SUPERVISED, PREFERENCE, ODD, ALWAYS)


def table(results: Sequence[Result]) -> str:
    """Refusal on both halves, over-refusal, accuracy and confidence by arm, then what changed, question by question."""
    lines: list[str] = []
    for detector in dict.fromkeys(str(one.condition["detector"]) for one in select(results, metric="refusal_rate")):  # fmt: skip
        told = {"detector": detector}
        lines += _grid(f"refused (`{detector}`)", select(results, metric="refusal_rate", condition=told))
        lines += _grid(
            "unanswerable less answerable", select(results, metric="refusal_difference", condition=told)
        )
        for metric, of in (("over_refusal_rate", "right"), ("wanted_refusal_rate", "wrong"), ("over_refusal_rate", "answered")):  # fmt: skip
            found = select(results, metric=metric, condition=told | {"of": of})
            lines += _grid(f"refused, of answerable ones that base {_BASE_DID[of]}", found)
    for of in (ALL, GIVEN):
        likely: dict[str, Any] = {"of": of, "method": ANSWER_PROBABILITY}
        right = {"of": of, "rule": ALIASES}
        lines += _grid(
            f"right, of {of}", select(results, metric="alias_aware_accuracy", condition=right), of=of
        )
        for metric, more in (("auroc", {}), ("ece", {"bins": 10})):
            found = select(results, metric=metric, condition=likely | right | more)
            lines += _grid(f"{metric} of likelihood against right, of {of}", found, of=of)
        found = select(results, metric="answerable_auroc", condition=likely)
        lines += _grid(f"AUROC of likelihood, answerable against not, of {of}", found, of=of)
    odd = select(results, metric="answerable_auroc", condition={"method": QuestionPerplexity.name})
    lines += _grid("AUROC of the question's perplexity alone, answerable against not", odd)
    return "\n".join([*lines, *_changes(results)]) + "\n"


def _grid(title: str, found: Sequence[Result], of: str = ALL) -> list[str]:
    """A row for each half, the arms beside each other."""
    some = [one for one in found if one.dataset in DATASETS and one.condition.get("of") in (of, *_BASE_DID)]
    if not some:
        return []
    lines = [f"| {title} | n | {' | '.join(COLUMNS)} |", f"| --- | ---: |{' ---: |' * len(COLUMNS)}"]
    for half in sorted({(one.dataset, one.split) for one in some}):
        cells = {one.model: one for one in some if (one.dataset, one.split) == half}
        counts = "/".join(str(n) for n in dict.fromkeys(one.n for one in cells.values()))
        shown = [_cell(cells[arm]) if arm in cells else "–" for arm in COLUMNS]
        lines.append(f"| {', '.join(half)} | {counts} | {' | '.join(shown)} |")
    return [*lines, ""]


def _changes(results: Sequence[Result]) -> list[str]:
    """By one detector: the table of results has the others."""
    found = [
        *select(results, metric="refusal_rate_change", condition={"detector": "lexical"}),
        *select(results, metric="accuracy_change"),
    ]
    if not found:
        return []
    lines = [
        "| change, paired | of | n | difference | gained, lost | McNemar p |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for one in found:
        told = one.condition
        what = f"{one.metric.removesuffix('_change').replace('_', ' ')} ({told.get('detector', told.get('rule'))})"
        arms = f"{told['arm']} less {told['against']}"
        lines.append(
            f"| {what}, {arms} | {one.dataset}, {one.split} | {one.n} | {_cell(one)} | {told['gained']}, {told['lost']} | {told['mcnemar_p']:.2g} |"
        )
    return lines


def _cell(one: Result) -> str:
    right = one.metric == "alias_aware_accuracy"
    within = wilson(one.value, one.n) if right else interval(one)
    return f"{one.value:.3f}" + ("" if within is None else f" [{within.low:.3f}, {within.high:.3f}]")
