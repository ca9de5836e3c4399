"""Ranking: cases by hand, scikit-learn's AUROC, every order of tied items, and models whose ranking is known."""

from itertools import permutations
from statistics import fmean

import numpy as np
import pytest

from windward.evals.unknown.metrics import area_under_risk_coverage, auroc, optimal_area, risk_coverage


def test_auroc_by_hand_ties_count_half() -> None:
    """Pairs (positive, negative): (3, 1) right, (3, 2) right, (2, 1) right, (2, 2) tied: 3.5 of 4."""
    assert auroc([1, 2, 2, 3], [0, 0, 1, 1]) == 3.5 / 4


def test_auroc_is_scikit_learns_on_random_data_with_and_without_ties() -> None:
    roc_auc_score = pytest.importorskip("sklearn.metrics").roc_auc_score
    random = np.random.default_rng(1)
    for digits in (0, 1, 8):
        for _ in range(10):
            score, positive = (random.normal(size=300) * 3).round(digits), random.random(300) < 0.3
            assert auroc(score, positive) == pytest.approx(roc_auc_score(positive, score), abs=1e-12)


def test_auroc_keeps_to_the_order_alone() -> None:
    random = np.random.default_rng(2)
    score, positive = random.random(50), random.random(50) < 0.5
    assert auroc(np.log(score), positive) == auroc(score, positive)


def test_auroc_is_none_where_a_class_is_missing() -> None:
    assert auroc([0.1, 0.9], [1, 1]) is None
    assert auroc([0.1, 0.9], [0, 0]) is None


def test_risk_coverage_by_hand() -> None:
    """Surest first: right, wrong, right, wrong. Risks 0, 1/2, 1/3, 2/4."""
    curve = risk_coverage([0.9, 0.8, 0.3, 0.1], [1, 0, 1, 0])
    assert curve.coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert curve.risk == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert area_under_risk_coverage([0.9, 0.8, 0.3, 0.1], [1, 0, 1, 0]) == pytest.approx(
        (1 / 2 + 1 / 3 + 1 / 2) / 4
    )
    assert optimal_area([1, 0, 1, 0]) == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)


def test_the_risk_at_a_coverage_is_that_of_answering_at_least_so_many() -> None:
    curve = risk_coverage([0.9, 0.8, 0.3, 0.1], [1, 0, 1, 0])
    assert curve.at(0.25) == 0 and curve.at(0.26) == 0.5 and curve.at(1) == 0.5
    with pytest.raises(ValueError, match="coverage lies above 0"):
        curve.at(0)


def test_ties_have_the_mean_over_all_their_orders() -> None:
    confidence, correct = [5, 5, 5, 2, 2, 1], [1, 0, 0, 1, 0, 1]
    areas, risks = [], []
    for first in permutations(correct[:3]):
        for second in permutations(correct[3:5]):
            wrong = np.cumsum([1 - one for one in (*first, *second, correct[5])])
            risks.append(wrong / np.arange(1, 7))
            areas.append(fmean(risks[-1]))
    assert risk_coverage(confidence, correct).risk == pytest.approx(np.mean(risks, axis=0))
    assert area_under_risk_coverage(confidence, correct) == pytest.approx(fmean(areas))


def test_the_area_is_the_mean_of_the_curve_on_random_data() -> None:
    random = np.random.default_rng(5)
    for digits in (1, 8):
        confidence, correct = random.random(400).round(digits), random.random(400) < 0.6
        mean = risk_coverage(confidence, correct).risk.mean()
        assert area_under_risk_coverage(confidence, correct) == pytest.approx(mean)
        assert optimal_area(correct) < mean


@pytest.mark.parametrize(
    ("confidence", "correct", "ranked", "area"),
    [
        ([4, 3, 2, 1], [1, 1, 0, 0], 1.0, (1 / 3 + 2 / 4) / 4),  # perfect
        ([1, 2, 3, 4], [1, 1, 0, 0], 0.0, (1 + 1 + 2 / 3 + 2 / 4) / 4),  # inverted
        ([7, 7, 7, 7], [1, 1, 0, 0], 0.5, 0.5),  # constant: as chance, and as risky at any coverage
        ([1, 2, 3, 4], [0, 0, 0, 0], None, 1.0),  # always refuses: nothing right
        ([1, 2, 3, 4], [1, 1, 1, 1], None, 0.0),  # always right
    ],
)
def test_degenerate_models_have_the_known_values(
    confidence: list[float], correct: list[int], ranked: float | None, area: float
) -> None:
    assert auroc(confidence, correct) == ranked
    assert area_under_risk_coverage(confidence, correct) == pytest.approx(area)
    assert optimal_area(correct) <= area + 1e-12
