"""Correlation: cases by hand, SciPy's, and what counting levels alike does."""

import warnings

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from windward.evals.unknown.metrics import (
    level_rates,
    pearson,
    pearson_by_level,
    pearson_by_level_weighted,
    spearman,
)


def test_by_item_by_hand() -> None:
    """Confidences 0, 1, 2 with outcomes 0, 0, 1: covariance 1, spreads √2 and √(2/3)."""
    assert pearson([0, 1, 2], [0, 0, 1]) == pytest.approx(1 / np.sqrt(2 * 2 / 3))
    assert spearman([0, 10, 11], [0, 0, 1]) == pytest.approx(1 / np.sqrt(2 * 2 / 3))


def test_by_item_is_scipys_on_random_data() -> None:
    random = np.random.default_rng(6)
    for digits in (0, 8):
        for _ in range(10):
            confidence, outcome = (random.random(300) * 10).round(digits), random.random(300) < 0.3
            assert pearson(confidence, outcome) == pytest.approx(
                pearsonr(confidence, outcome).statistic, abs=1e-12
            )
            assert spearman(confidence, outcome) == pytest.approx(
                spearmanr(confidence, outcome).statistic, abs=1e-12
            )


@pytest.mark.parametrize(
    ("confidence", "outcome", "expected"),
    [
        ([0, 0, 10, 10], [0, 0, 1, 1], 1.0),  # perfect
        ([0, 0, 10, 10], [1, 1, 0, 0], -1.0),  # inverted
        ([7, 7, 7, 7], [1, 0, 1, 0], None),  # constant confidence
        ([0, 3, 7, 10], [0, 0, 0, 0], None),  # always answers, or always refuses
        ([0, 3, 7, 10], [1, 1, 1, 1], None),
    ],
)
def test_degenerate_models_have_the_known_values(
    confidence: list[float], outcome: list[int], expected: float | None
) -> None:
    for measure in (pearson, spearman, pearson_by_level, pearson_by_level_weighted):
        found = measure(confidence, outcome)
        assert found == (None if expected is None else pytest.approx(expected)), measure.__name__


def test_a_constant_that_no_float_can_hold_is_a_constant() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert pearson([0.1] * 7, [1, 0, 1, 0, 1, 0, 0]) is None
        assert pearson([0.1] * 7 + [0.3] * 6, [1] * 13) is None


def test_level_rates_by_hand() -> None:
    rates = level_rates([0, 0, 0, 10], [1, 0, 0, 1])
    assert [one.level for one in rates] == list(range(11))
    assert rates[0].rate == pytest.approx(1 / 3) and (rates[0].n, rates[10].n) == (3, 1)
    assert rates[10].rate == 1.0 and (rates[5].n, rates[5].rate) == (0, None)


def test_by_level_a_single_item_counts_like_a_thousand() -> None:
    """Level 0: 1 item, refused. Levels 5 and 10: 1,000 items each, of which 0.2 and 0.4 refuse."""
    confidence = [0] + [5] * 1000 + [10] * 1000
    outcome = [1] + [1] * 200 + [0] * 800 + [1] * 400 + [0] * 600
    assert pearson_by_level(confidence, outcome) == pytest.approx(
        pearsonr([0, 5, 10], [1, 0.2, 0.4]).statistic
    )
    weighted = pearson_by_level_weighted(confidence, outcome)
    assert weighted is not None and weighted > 0.9, "by items, refusal rises with confidence"


def test_by_level_rates_have_three_decimals() -> None:
    """1/3, 1/7 and 2/3 of 3, 7 and 3 items: correlated as 0.333, 0.143 and 0.667."""
    confidence = [1] * 3 + [2] * 7 + [9] * 3
    outcome = [1, 0, 0] + [1] + [0] * 6 + [1, 1, 0]
    rounded = pearsonr([1, 2, 9], [0.333, 0.143, 0.667]).statistic
    assert pearson_by_level(confidence, outcome) == pytest.approx(rounded, abs=1e-12)
    assert abs(rounded - pearsonr([1, 2, 9], [1 / 3, 1 / 7, 2 / 3]).statistic) > 1e-6


def test_weighted_by_count_is_the_correlation_with_each_level_repeated() -> None:
    random = np.random.default_rng(8)
    confidence, outcome = random.integers(0, 11, 500), random.random(500) < 0.4
    rate = np.array([one.rate for one in level_rates(confidence, outcome)])[confidence]
    assert pearson_by_level_weighted(confidence, outcome) == pytest.approx(
        pearsonr(confidence, rate).statistic, abs=1e-12
    )


def test_by_level_is_none_with_one_level_or_one_rate() -> None:
    assert pearson_by_level([4, 4, 4], [1, 0, 0]) is None
    assert pearson_by_level([4, 4, 6, 6], [1, 0, 0, 1]) is None


def test_a_confidence_that_is_no_level_is_refused() -> None:
    with pytest.raises(ValueError, match="85 is none of the 11 levels 0 to 10"):
        pearson_by_level([3, 85], [0, 1])
    assert pearson_by_level([3, 85], [0, 1], range(101)) == pytest.approx(1.0)
