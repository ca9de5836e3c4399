"""Results of two detectors, or of two scales of confidence, are never compared."""

from __future__ import annotations

from typing import Any

import pytest

from windward.evals.unknown.refusal.comparable import IncomparableError, comparable
from windward.rows import Result


def row(model: str, metric: str = "refusal_rate", **condition: Any) -> Result:
    return Result("unknown", model, "NEC", "answerable", metric, 0.5, 10, condition)


def test_results_of_one_detector_and_scale_are_comparable() -> None:
    comparable([])
    comparable([row("a", detector="lexical"), row("b", detector="lexical")])
    comparable([row("a", "ece", scale="0-10"), row("b", "ece", scale="0-10")])


def test_two_detectors_are_refused_by_name() -> None:
    with pytest.raises(IncomparableError) as told:
        comparable([row("a", detector="lexical"), row("b", detector="lexical-paper")])
    for name in ("refusal_rate of a", "refusal_rate of b", "detector lexical)", "detector lexical-paper)"):
        assert name in str(told.value)


def test_two_scales_are_refused_by_name_even_with_one_detector() -> None:
    pair = [
        row("a", "auroc", detector="lexical", scale="0-10"),
        row("b", "auroc", detector="lexical", scale="0-100"),
    ]
    with pytest.raises(IncomparableError, match=r"of a .*\(scale 0-10\).*of b .*\(scale 0-100\)"):
        comparable(pair)


def test_a_result_without_a_detector_is_not_comparable_with_one_that_has_it() -> None:
    with pytest.raises(IncomparableError, match="detector none"):
        comparable([row("a", "auroc", scale="0-10"), row("b", "auroc", scale="0-10", detector="lexical")])


def test_results_of_different_metrics_pass_since_nobody_compares_them() -> None:
    comparable([row("a", detector="lexical"), row("a", "accuracy"), row("a", "ece", scale="0-10")])
