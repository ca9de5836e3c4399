"""All result rows of a run: refusal, accuracy, confidence; from replies alone, so that scoring again needs no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from windward.evals.unknown.accuracy_figures import accuracy_results
from windward.evals.unknown.confidence_figures import confidence_results
from windward.evals.unknown.measured import Measured
from windward.evals.unknown.records import Answered, Verdict
from windward.evals.unknown.refusal.detector import Detector
from windward.evals.unknown.refusal.lexical import Lexical
from windward.evals.unknown.refusal.paper import LexicalPaper
from windward.evals.unknown.refusal_figures import refusal_results
from windward.rows import Result


def detectors() -> tuple[Detector, ...]:
    """The rules that need no model, the paper's first."""
    return (LexicalPaper(), Lexical())


def unknown_results(
    answered: Sequence[Answered],
    *,
    model: str,
    told: Mapping[str, Any] | None = None,
    judged: Mapping[str, Sequence[Verdict]] | None = None,
    seed: int = 0,
) -> list[Result]:
    """Figures of one model's replies, by every word list and by judges whose verdicts are given.

    Args:
        answered: replies, of any sets and halves.
        model: its name.
        told: what else they were measured under.
        judged: by detector, one verdict a reply.
        seed: of the bootstraps.

    Returns:
        See `refusal_results`, `accuracy_results`, `confidence_results`.

    Raises:
        ScaleError: the values of one elicitation are of several scales.
    """
    replies = [one.response for one in answered]
    verdicts = {one.name: one.verdicts(replies) for one in detectors()} | dict(judged or {})
    measured = Measured(model, answered, verdicts, told or {}, seed)
    return [*refusal_results(measured), *accuracy_results(measured), *confidence_results(measured)]
