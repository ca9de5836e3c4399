"""The bootstrap: reproducible, as wide as theory says, and open about resamples that define nothing."""

from collections.abc import Callable
from math import comb
from typing import Any

import numpy as np
import pytest

from windward.evals.unknown.metrics import (
    Measure,
    area_under_risk_coverage,
    aurc_of,
    auroc,
    auroc_of,
    bootstrap,
    brier,
    brier_of,
    calibration_error_by_level,
    calibration_error_of,
    expected_calibration_error,
    intervals,
    level_calibration_error_of,
    level_pearson_of,
    pearson,
    pearson_by_level,
    pearson_by_level_weighted,
    pearson_of,
    spearman,
    spearman_of,
)
from windward.evals.unknown.metrics.intervals import DRAWS
from windward.evals.unknown.metrics.tally import resamples, tally

TENTHS = [step / 10 for step in range(11)]
MEASURES: dict[str, Measure] = {
    "auroc": auroc_of,
    "aurc": aurc_of,
    "brier": brier_of,
    "ece": calibration_error_of(10),
    "ece_by_level": level_calibration_error_of,
    "pearson": pearson_of,
    "spearman": spearman_of,
    "by_level": level_pearson_of(TENTHS),
    "by_level_weighted": level_pearson_of(TENTHS, weighted=True),
}
ALONE: dict[str, Callable[[Any, Any], float | None]] = {
    "auroc": auroc,
    "aurc": area_under_risk_coverage,
    "brier": brier,
    "ece": expected_calibration_error,
    "ece_by_level": calibration_error_by_level,
    "pearson": pearson,
    "spearman": spearman,
    "by_level": lambda a, b: pearson_by_level(a, b, TENTHS),
    "by_level_weighted": lambda a, b: pearson_by_level_weighted(a, b, TENTHS),
}


def items(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    confidence = random.integers(0, 11, n) / 10
    return confidence, random.random(n) < confidence


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_of_many_resamples_is_the_measure_of_each(name: str) -> None:
    """Each resample written out as items again, and measured alone."""
    confidence, outcome = items(25)
    drawn = resamples(tally(confidence, outcome), np.random.default_rng(0), 40)
    together = MEASURES[name](drawn)
    assert together.shape == (40,)
    for without, having, found in zip(drawn.without, drawn.having, together, strict=True):
        again = [
            (value, flag)
            for flag, counts in enumerate((without, having))
            for value, count in zip(drawn.values, counts, strict=True)
            for _ in range(int(count))
        ]
        assert len(again) == 25
        alone = ALONE[name](*zip(*again, strict=True))
        assert (alone is None and np.isnan(found)) or found == pytest.approx(alone, abs=1e-12)


def test_the_value_is_that_of_the_items_and_lies_in_its_interval() -> None:
    confidence, outcome = items(400)
    found = bootstrap(MEASURES, confidence, outcome, seed=3)
    for name, one in found.items():
        assert one.value == pytest.approx(ALONE[name](confidence, outcome)), name
        assert one.low is not None and one.high is not None and one.value is not None
        assert one.low < one.value < one.high or name.startswith("ece"), name
        assert (one.n, one.draws, one.undefined, one.seed) == (400, DRAWS, 0, 3)


def test_the_same_seed_gives_the_same_interval_in_any_order_and_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    confidence, outcome = items(60)
    once = bootstrap(MEASURES, confidence, outcome, seed=1, draws=50)
    assert bootstrap(MEASURES, confidence[::-1], outcome[::-1], seed=1, draws=50) == once
    assert bootstrap(MEASURES, confidence, outcome, seed=2, draws=50) != once
    monkeypatch.setattr(intervals, "_AT_ONCE", 7 * 60)
    assert bootstrap(MEASURES, confidence, outcome, seed=1, draws=50) == once


def test_the_standard_error_of_a_mean_is_the_one_of_theory() -> None:
    """Brier of confidence 0 is the share of the correct: √(p (1 − p) / n)."""
    outcome = np.arange(1000) < 300
    found = bootstrap({"brier": brier_of}, np.zeros(1000), outcome, seed=0, draws=4000)["brier"]
    assert found.stderr == pytest.approx((0.3 * 0.7 / 1000) ** 0.5, rel=0.05)
    assert found.stderr is not None and found.low == pytest.approx(0.3 - 1.96 * found.stderr, abs=0.004)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """Two normal populations one apart: AUROC is Φ(1/√2) = 0.7602."""
    held = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        positive = np.arange(120) < 60
        found = bootstrap(
            {"a": auroc_of}, random.normal(size=120) + positive, positive, seed=seed, draws=300
        )["a"]
        assert found.low is not None and found.high is not None
        held += found.low <= 0.760250 <= found.high
    assert 180 <= held <= 200


def test_resamples_of_one_class_only_are_left_out_and_counted() -> None:
    """One positive of six: a resample misses it with chance (5/6)⁶ = 0.335."""
    found = bootstrap({"a": auroc_of}, [1, 2, 3, 4, 5, 6], [0, 0, 0, 1, 0, 0], seed=0, draws=2000)["a"]
    assert found.undefined / found.draws == pytest.approx((5 / 6) ** 6, abs=0.04)
    assert found.value == pytest.approx(3 / 5) and found.low is not None and found.low >= 0


def test_a_degenerate_model_has_no_interval_where_it_has_no_value() -> None:
    found = bootstrap({"a": auroc_of, "b": brier_of}, [0.5] * 4, [1] * 4, seed=0, draws=20)
    assert (found["a"].value, found["a"].low, found["a"].stderr, found["a"].undefined) == (
        None,
        None,
        None,
        20,
    )
    assert (found["b"].low, found["b"].value, found["b"].high, found["b"].undefined) == (0.25, 0.25, 0.25, 0)


def test_resamples_draw_every_item_alike() -> None:
    """Of five items, one is in a resample k times with chance C(5, k) · 4^(5 − k) / 5⁵."""
    drawn = resamples(tally([1, 2, 3, 4, 5], [0, 1, 0, 1, 0]), np.random.default_rng(0), 20_000)
    times = drawn.having[:, 3].astype(int)
    for k in range(4):
        assert (times == k).mean() == pytest.approx(comb(5, k) * 4 ** (5 - k) / 5**5, abs=0.012)
    assert (drawn.size == 5).all() and not drawn.without[:, 3].any()


def test_a_bootstrap_draws_at_least_once() -> None:
    with pytest.raises(ValueError, match="at least one draw"):
        bootstrap(MEASURES, [0.5], [1], seed=0, draws=0)
