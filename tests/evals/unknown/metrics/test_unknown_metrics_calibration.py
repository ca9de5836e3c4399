"""Calibration: cases by hand, scikit-learn's Brier score, and models whose calibration is known."""

import numpy as np
import pytest

from windward.evals.unknown.metrics import (
    brier,
    calibration_error_by_level,
    expected_calibration_error,
    reliability,
)
from windward.reports.intervals import wilson


def test_two_bins_by_hand() -> None:
    """In [0, .5): 0.2 and 0.4, one of two right: |1/2 − 0.3| = 0.2. In [.5, 1]: 0.9 three times, two right: |2/3 − 0.9| = 7/30."""
    confidence, correct = [0.2, 0.4, 0.9, 0.9, 0.9], [0, 1, 1, 1, 0]
    assert expected_calibration_error(confidence, correct, 2) == pytest.approx(2 / 5 * 0.2 + 3 / 5 * 7 / 30)
    low, high = reliability(confidence, correct, 2)
    assert (low.low, low.high, low.n, low.rate) == (0, 0.5, 2, 0.5)
    assert low.confidence == pytest.approx(0.3) and high.confidence == pytest.approx(0.9)
    assert high.rate == pytest.approx(2 / 3) and high.interval == wilson(2 / 3, 3)


def test_brier_by_hand() -> None:
    """(0.2² + 0.6² + 0.1² + 0.1² + 0.9²) / 5"""
    assert brier([0.2, 0.4, 0.9, 0.9, 0.9], [0, 1, 1, 1, 0]) == pytest.approx(1.23 / 5)


def test_a_bin_holds_its_lower_edge_and_the_last_bin_also_1() -> None:
    for tenths in range(10):
        bins = reliability([tenths / 10], [True])
        assert [one.n for one in bins] == [int(place == tenths) for place in range(10)]
    assert reliability([1.0], [True])[-1].n == 1
    hundred = reliability([percent / 100 for percent in range(101)], [True] * 101, 100)
    assert [one.n for one in hundred] == [1] * 99 + [2]


def test_empty_bins_are_shown_and_say_nothing() -> None:
    empty = reliability([0.95, 0.95], [True, False])[0]
    assert (empty.n, empty.confidence, empty.rate, empty.interval) == (0, None, None, None)


def test_by_level_each_confidence_is_its_own_bin() -> None:
    """0.5 is always right and 0.59 never: one bin of tenths hides it, levels do not. (0.5 + 0.59) / 2."""
    confidence, correct = [0.5, 0.59], [1, 0]
    assert expected_calibration_error(confidence, correct) == pytest.approx(0.045)
    assert calibration_error_by_level(confidence, correct) == pytest.approx(0.545)


def test_brier_is_scikit_learns_on_random_data() -> None:
    brier_score_loss = pytest.importorskip("sklearn.metrics").brier_score_loss
    random = np.random.default_rng(3)
    for _ in range(20):
        confidence, correct = random.random(200).round(2), random.random(200) < 0.4
        assert brier(confidence, correct) == pytest.approx(brier_score_loss(correct, confidence), abs=1e-12)


def test_bins_weigh_to_the_whole() -> None:
    """The error is the sum over the reliability diagram of n/N · |rate − confidence|."""
    random = np.random.default_rng(4)
    confidence, correct = random.random(500), random.random(500) < 0.7
    for bins in (1, 7, 10, 15):
        whole = sum(
            one.n / 500 * abs(one.rate - one.confidence)
            for one in reliability(confidence, correct, bins)
            if one.rate is not None and one.confidence is not None
        )
        assert expected_calibration_error(confidence, correct, bins) == pytest.approx(whole)


@pytest.mark.parametrize(
    ("confidence", "correct", "error", "squared"),
    [
        ([1.0, 1.0, 0.0, 0.0], [1, 1, 0, 0], 0.0, 0.0),  # knows what it knows
        ([1.0, 1.0, 0.0, 0.0], [0, 0, 1, 1], 1.0, 1.0),  # the other way round
        ([1.0, 1.0, 1.0, 1.0], [1, 0, 0, 0], 0.75, 0.75),  # sure of everything
        (
            [0.25, 0.25, 0.25, 0.25],
            [1, 0, 0, 0],
            0.0,
            0.1875,
        ),  # constant at its accuracy: calibrated, and no use
        ([0.0, 0.0, 0.0, 0.0], [0, 0, 0, 0], 0.0, 0.0),  # knows nothing and says so
    ],
)
def test_degenerate_models_have_the_known_values(
    confidence: list[float], correct: list[int], error: float, squared: float
) -> None:
    assert expected_calibration_error(confidence, correct) == pytest.approx(error)
    assert calibration_error_by_level(confidence, correct) == pytest.approx(error)
    assert brier(confidence, correct) == pytest.approx(squared)


def test_a_confidence_of_another_scale_is_refused() -> None:
    for measure in (brier, calibration_error_by_level, expected_calibration_error, reliability):
        with pytest.raises(ValueError, match=r"from 0 to 1, these go from 0\.5 to 70"):
            measure([70, 0.5], [1, 0])


@pytest.mark.parametrize(
    ("confidence", "correct", "message"),
    [
        ([], [], "two lists of one length"),
        ([0.5], [1, 0], "two lists of one length"),
        ([0.5, float("nan")], [1, 0], "count them as missing"),
        ([0.5, 0.6], [1, 2], "true or false"),
    ],
)
def test_what_cannot_be_counted_is_an_error(
    confidence: list[float], correct: list[int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        brier(confidence, correct)


def test_a_diagram_has_bins() -> None:
    with pytest.raises(ValueError, match="at least one bin"):
        reliability([0.5], [1], 0)
