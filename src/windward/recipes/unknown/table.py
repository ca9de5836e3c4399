"""The study's main figures as lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from windward.evals.unknown.confidence.likelihood import QuestionPerplexity, SequenceLogProbability
from windward.evals.unknown.correct import ALIASES
from windward.recipes.unknown.replies import ANSWER_PROBABILITY
from windward.reports.intervals import interval
from windward.rows import Result, select

ALL_REPLIES = {"of": "all replies"}
_METHODS = (SequenceLogProbability.name, ANSWER_PROBABILITY, QuestionPerplexity.name)


def table_lines(results: Sequence[Result]) -> list[str]:
    """Refusal on both halves, over-refusal, accuracy, confidence, and the changes."""
    lines: list[str] = []
    for detector in ("lexical", "lexical-paper"):
        told = {"detector": detector}
        lines += _section(f"refused, by {detector}", select(results, metric="refusal_rate", condition=told | ALL_REPLIES))  # fmt: skip
        lines += _section("unanswerable less answerable", select(results, metric="refusal_difference", condition=told | ALL_REPLIES))  # fmt: skip
        for of, shown in (("right", "was right"), ("answered", "did not refuse")):
            title = f"over-refusal by {detector}: refused, though it has an answer and the base model {shown}"
            lines += _section(title, select(results, metric="over_refusal_rate", condition=told | {"of": of}))
    lines += _section("right, aliases known", select(results, metric="accuracy_alias_aware", condition={"rule": ALIASES}))  # fmt: skip
    for metric in ("auroc", "ece", "answerable_auroc"):
        found = [one for one in select(results, metric=metric) if _shown(one)]
        lines += _section(f"confidence: {metric}", found)
    for metric in ("refusal_rate_change", "accuracy_change"):
        lines += _section(metric.replace("_", " "), select(results, metric=metric))
    return lines


def _shown(one: Result) -> bool:
    """Of each figure of confidence one form: against right answers as aliases are written, in ten bins."""
    told = one.condition
    right = told.get("target", "correct") == "correct" and told.get("rule", ALIASES) == ALIASES
    return right and told["method"] in _METHODS and told.get("bins", 10) == 10


def _section(title: str, found: Sequence[Result]) -> list[str]:
    return ["", title, *map(_line, found)] if found else []


def _line(one: Result) -> str:
    told = one.condition
    parts = [one.dataset, one.split, told["arm"]]
    parts += [f"less {told['against']}"] if "against" in told else []
    parts += [str(told[name]) for name in ("method", "of", "detector") if name in told]
    within = interval(one)
    spread = "" if within is None else f"  [{within.low:.3f}, {within.high:.3f}]"
    p = f"  p={told['mcnemar_p']:.3g}" if "mcnemar_p" in told else ""
    return f"  {', '.join(parts):<90} {one.value:7.3f}{spread}  n={one.n}{p}"
