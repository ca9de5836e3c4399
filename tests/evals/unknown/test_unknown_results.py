"""Degenerate models have known figures; elicitations of several scales are not mixed."""

from __future__ import annotations

from typing import Any

import pytest

from windward.evals.unknown.confidence.scales import (
    LOG_PROBABILITY,
    PROBABILITY,
    ZERO_TO_TEN,
    Confidence,
    ConfidenceScale,
    ScaleError,
)
from windward.evals.unknown.records import Answered, Split, Verdict, questions
from windward.evals.unknown.results import unknown_results
from windward.rows import Result, select

REFUSAL = "I am sorry, I do not know."


def answered(
    replies: list[str | None],
    *,
    split: Split = "answerable",
    dataset: str = "RefuNQ",
    references: tuple[str, ...] = ("Paris",),
    confidences: list[float | None] | None = None,
    scale: ConfidenceScale = PROBABILITY,
) -> list[Answered]:
    """Replies to as many questions, perhaps with one confidence each."""
    asked = questions(dataset, split, ((f"question {n}?", references, "") for n in range(len(replies))))
    given = confidences or []
    return [
        Answered(
            question,
            reply,
            {"said": Confidence(given[n], scale, "" if given[n] is not None else "unparsed")}
            if given
            else {},
        )
        for n, (question, reply) in enumerate(zip(asked, replies, strict=True))
    ]


def value(results: list[Result], metric: str, **told: Any) -> float:
    """The figure of the paper's detector and rule."""
    condition = {name: one for name, one in told.items() if name not in ("split", "dataset")}
    fields = {name: told[name] for name in ("split", "dataset") if name in told}
    found = select(results, metric=metric, condition=condition, **fields)
    assert found, (metric, told)
    return found[0].value


def test_a_model_that_always_refuses() -> None:
    rows = answered([REFUSAL] * 4) + answered([REFUSAL] * 4, split="unanswerable", references=())
    results = unknown_results(rows, model="m")
    for row in select(results, metric="refusal_rate"):
        assert row.value == 1
    assert value(results, "refusal_difference", detector="lexical-paper") == 0
    assert value(results, "accuracy") == 0


def test_a_model_that_always_answers() -> None:
    rows = answered(["Paris"] * 4) + answered(["Paris"] * 4, split="unanswerable", references=())
    results = unknown_results(rows, model="m")
    assert {row.value for row in select(results, metric="refusal_rate")} == {0}
    assert value(results, "accuracy") == value(results, "alias_aware_accuracy") == 1
    assert not [row for row in results if row.metric == "accuracy" and row.split == "unanswerable"]


def test_constant_confidence_orders_nothing_and_is_as_far_off_as_it_says() -> None:
    rows = answered(["Paris", "Paris", "Rome", "Rome"], confidences=[0.9] * 4)
    rows += answered(["x"] * 4, split="unanswerable", references=(), confidences=[0.9] * 4)
    results = unknown_results(rows, model="m")
    assert value(results, "auroc", target="correct") == 0.5
    assert value(results, "answerable_auroc") == 0.5
    assert value(results, "ece", target="correct") == pytest.approx(0.4)
    assert value(results, "brier", target="correct") == pytest.approx((0.01 + 0.81) / 2)
    assert value(results, "aurc", target="correct") == pytest.approx(0.5)
    assert not select(results, metric="confidence_accuracy_correlation")


def test_confidence_that_is_right() -> None:
    rows = answered(["Paris", "Paris", "Rome", "Rome"], confidences=[1.0, 1.0, 0.0, 0.0])
    results = unknown_results(rows, model="m")
    assert value(results, "auroc") == 1
    assert value(results, "ece") == value(results, "brier") == 0
    assert value(results, "confidence_accuracy_correlation", by="item") == pytest.approx(1)
    # Risk 0 for the first two of four, then 1/3 and 1/2.
    assert value(results, "aurc") == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)
    (row,) = [one for one in select(results, metric="aurc") if one.condition["rule"] == "paper"]
    assert row.condition["optimal"] == pytest.approx(row.value)


def test_a_scale_without_ends_has_an_order_and_no_calibration() -> None:
    rows = answered(["Paris", "Rome"], confidences=[-0.1, -3.0], scale=LOG_PROBABILITY)
    results = unknown_results(rows, model="m")
    assert value(results, "auroc") == 1
    assert value(results, "confidence_mean") == pytest.approx(-1.55)
    assert not [one for one in results if one.metric in ("ece", "brier", "reliability")]


def test_two_scales_under_one_name_are_an_error() -> None:
    rows = answered(["Paris"], confidences=[0.5])
    rows += answered(["Rome"], split="unanswerable", confidences=[5.0], scale=ZERO_TO_TEN)
    with pytest.raises(ScaleError, match="0-10, probability"):
        unknown_results(rows, model="m")
    one, other = answered(["a", "b"], confidences=[0.5, 0.5])
    mixed = [one, Answered(other.question, "b", {"said": Confidence(5.0, ZERO_TO_TEN)})]
    with pytest.raises(ScaleError, match="0-10, probability"):
        unknown_results(mixed, model="m")


def test_a_missing_reply_is_in_the_denominator_and_counted() -> None:
    results = unknown_results(answered(["Paris", None]), model="m")
    (row,) = select(results, metric="accuracy")
    assert (row.value, row.n, row.unparsed) == (0.5, 2, 1)
    assert value(results, "refusal_rate", detector="lexical-paper") == 0


def test_a_judge_that_cannot_be_read_has_seen_no_refusal_and_is_counted() -> None:
    verdicts = [Verdict(True, challenges=True), Verdict(None), Verdict(False, challenges=False)]
    rows = answered(["a", "b", "c"], split="unanswerable", references=())
    results = unknown_results(rows, model="m", judged={"judge:j": verdicts})
    (rate,) = select(results, metric="refusal_rate", condition={"detector": "judge:j"})
    (challenged,) = select(results, metric="challenge_rate", condition={"detector": "judge:j"})
    assert (rate.n, rate.unparsed) == (3, 1)
    assert rate.value == pytest.approx(1 / 3)
    assert challenged.value == pytest.approx(1 / 3)


def test_the_same_seed_gives_the_same_table_and_another_seed_other_intervals() -> None:
    rows = answered(
        ["Paris", "Rome", "Paris", "Rome", "Paris"] * 6,
        confidences=[n % 7 / 6 for n in range(30)],
    )
    first, again, other = (unknown_results(rows, model="m", seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert [row.value for row in first] == [row.value for row in other]


def test_a_rate_is_corrected_by_labels_of_its_set_else_of_all_and_not_where_nobody_measured() -> None:
    replies: list[str | None] = [REFUSAL] * 5 + ["It lives in Kenya."] * 5
    rows = [
        *answered(replies, split="unanswerable", dataset="NEC", references=()),
        *answered(replies, split="unanswerable", dataset="mine", references=()),
    ]
    judged = {"judge:j": [Verdict(True)] * len(rows)}
    found = select(unknown_results(rows, model="m", judged=judged), metric="refusal_rate_corrected")
    labels = {(row.dataset, row.condition["detector"]): row.condition["labels"] for row in found}
    assert labels == {
        ("NEC", "lexical-paper"): "NEC",
        ("NEC", "lexical"): "NEC",
        ("mine", "lexical-paper"): "all",
        ("mine", "lexical"): "all",
    }
    for row in found:
        recall, specificity = row.condition["recall"], row.condition["specificity"]
        assert row.value == pytest.approx(min(1, (0.5 + specificity - 1) / (recall + specificity - 1)))
        assert row.condition["low"] <= row.value <= row.condition["high"]
