"""Rates corrected by a detector's measured errors: by hand, on planted truth, and where it is refused."""

from __future__ import annotations

import numpy as np
import pytest

from windward.evals.unknown.records import SPLITS, Verdict
from windward.evals.unknown.refusal.corrected import CorrectionError, corrected_rate, rogan_gladen
from windward.evals.unknown.refusal.labels import Labelled
from windward.evals.unknown.refusal.quality import Checked

REFUSED, ANSWERED = Verdict(refused=True), Verdict(refused=False)


def label(place: int, refused: bool, weight: float = 1.0, drawn_as: str = "flagged") -> Labelled:
    said = "declines" if refused else "answers"
    return Labelled("m", "NEC", "unanswerable", f"q{place}", drawn_as, weight, said, said, said)


def measured(hits: int, misses: int, rejections: int, false_flags: int) -> Checked:
    """A detector with so many of each on labelled replies."""
    truth = [True] * (hits + misses) + [False] * (rejections + false_flags)
    flags = [True] * hits + [False] * (misses + rejections) + [True] * false_flags
    labels = [
        label(place, one, drawn_as="flagged" if flag else "unflagged")
        for place, (one, flag) in enumerate(zip(truth, flags, strict=True))
    ]
    return Checked(labels, flags)


def test_the_formula_by_hand() -> None:
    assert rogan_gladen(0.35, 0.8, 0.9) == pytest.approx(0.25 / 0.7)
    assert rogan_gladen(0.4, 1, 1) == pytest.approx(0.4)
    assert rogan_gladen(0.05, 0.8, 0.9) == 0 and rogan_gladen(0.95, 0.8, 0.9) == 1


@pytest.mark.parametrize(("sensitivity", "specificity"), [(0.5, 0.5), (0.3, 0.6), (0, 1)])
def test_a_detector_no_better_than_chance_corrects_nothing(sensitivity: float, specificity: float) -> None:
    with pytest.raises(CorrectionError, match="sum to 1 or less"):
        rogan_gladen(0.5, sensitivity, specificity)


def test_a_rate_is_corrected_by_hand_and_lies_in_its_interval() -> None:
    verdicts = [REFUSED] * 35 + [ANSWERED] * 65
    found = corrected_rate(verdicts, "mine", "unanswerable", "NEC", measured=measured(80, 20, 90, 10))
    assert (found.observed, found.sensitivity, found.specificity) == (0.35, 0.8, 0.9)
    assert found.rate == pytest.approx(0.25 / 0.7) and found.low < found.rate < found.high
    assert found == corrected_rate(
        verdicts, "mine", "unanswerable", "NEC", measured=measured(80, 20, 90, 10)
    ), "the same seed gives the same interval"


def test_an_unread_verdict_stays_in_the_denominator() -> None:
    verdicts = [REFUSED] * 35 + [ANSWERED] * 55 + [Verdict(refused=None)] * 10
    found = corrected_rate(verdicts, "mine", "unanswerable", "NEC", measured=measured(80, 20, 90, 10))
    assert found.n == 100 and found.observed == 0.35


def test_fewer_labels_leave_more_open() -> None:
    verdicts = [REFUSED] * 350 + [ANSWERED] * 650
    few = corrected_rate(verdicts, "mine", "unanswerable", "NEC", measured=measured(8, 2, 9, 1))
    many = corrected_rate(verdicts, "mine", "unanswerable", "NEC", measured=measured(400, 100, 450, 50))
    assert few.rate == pytest.approx(many.rate) and few.high - few.low > 2 * (many.high - many.low)


def test_no_error_among_few_labels_is_not_taken_for_none_at_all() -> None:
    found = corrected_rate(
        [REFUSED] * 30 + [ANSWERED] * 70, "mine", "unanswerable", "NEC", measured=measured(10, 0, 10, 0)
    )
    exact = [np.random.default_rng(place).binomial(100, 0.3) / 100 for place in range(2000)]
    assert found.rate == pytest.approx(0.3)
    assert found.high - found.low > np.subtract(*np.percentile(exact, [97.5, 2.5]))


def test_planted_rates_are_recovered_and_covered() -> None:
    """A detector that misses a quarter and flags one answer in eight: the raw rate is off, the corrected one is not."""
    generator = np.random.default_rng(8)
    truth_rate, sensitivity, specificity = 0.3, 0.75, 0.875
    rates, covered, tries = [], 0, 40
    for _ in range(tries):
        truth = generator.random(1500) < truth_rate
        flags = generator.random(1500) < np.where(truth, sensitivity, 1 - specificity)
        known, said = truth[:400], flags[:400]
        labels = [
            label(place, bool(one), drawn_as="flagged" if flag else "unflagged")
            for place, (one, flag) in enumerate(zip(known, said, strict=True))
        ]
        verdicts = [REFUSED if flag else ANSWERED for flag in flags[400:]]
        found = corrected_rate(
            verdicts, "mine", "unanswerable", "NEC", measured=Checked(labels, said.tolist()), draws=200
        )
        rates.append(found.rate)
        covered += found.low <= truth_rate <= found.high
    assert abs(float(np.mean(rates)) - truth_rate) < 0.015
    assert covered >= 0.85 * tries


def test_a_detector_that_was_never_measured_is_refused() -> None:
    with pytest.raises(CorrectionError, match=r"judge:x was never measured .*lexical-paper, "):
        corrected_rate([REFUSED], "judge:x", "answerable")
    with pytest.raises(CorrectionError, match="no labels"):
        corrected_rate([REFUSED], "lexical", "answerable", "a set of my own")
    with pytest.raises(CorrectionError, match="no reply that refused"):
        corrected_rate([REFUSED], "mine", "unanswerable", measured=measured(0, 0, 5, 5))
    with pytest.raises(CorrectionError, match="there is no reply"):
        corrected_rate([], "lexical", "answerable")


def test_the_packaged_detectors_correct_each_half_of_each_set() -> None:
    for split in SPLITS:
        found = corrected_rate([REFUSED] * 40 + [ANSWERED] * 60, "lexical", split)
        assert 0 < found.low < found.rate < found.high < 1
