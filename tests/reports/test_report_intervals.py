from __future__ import annotations

import pytest

from windward.reports.intervals import difference, interval, wilson
from windward.rows import Result


def rate(value: float, n: int, stderr: float | None = None, metric: str = "success_rate") -> Result:
    return Result("quickstart", "m", "d", "test", metric, value, n, {}, stderr)


def test_wilson_gives_the_intervals_that_the_tables_print() -> None:
    assert wilson(0.5, 10) == pytest.approx((0.2366, 0.7634), abs=5e-5)
    assert wilson(0.0, 10) == pytest.approx((0.0, 0.2775), abs=5e-5)
    assert wilson(1.0, 10) == pytest.approx((0.7225, 1.0), abs=5e-5)


def test_the_difference_is_newcombes_own_example() -> None:
    """Newcombe 1998, table II (a): 56/70 against 48/80, method 10: 0.0524 to 0.3339."""
    assert difference(rate(48 / 80, 80), rate(56 / 70, 70)) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_a_rate_with_a_clustered_error_keeps_its_own_error() -> None:
    assert interval(rate(0.5, 100, stderr=0.05)) == wilson(0.5, 100)
    assert interval(rate(0.5, 100, stderr=0.10)) == pytest.approx((0.304, 0.696), abs=1e-3)


def test_a_mean_uses_its_error_and_has_no_interval_without_one() -> None:
    assert interval(rate(60.0, 64, 2.0, "tokens_per_problem")) == pytest.approx((56.08, 63.92), abs=5e-3)
    assert interval(rate(60.0, 64, None, "tokens_per_problem")) is None


def test_nothing_measured_has_no_interval() -> None:
    assert interval(rate(float("nan"), 64)) is None
    assert interval(rate(0.5, 0)) is None


def test_a_proportion_that_cannot_be_one_is_refused() -> None:
    with pytest.raises(ValueError, match="n >= 1"):
        wilson(1.5, 10)


def test_a_share_of_fractions_stays_between_nothing_and_all() -> None:
    few = Result("reward", "m", "d", "test", "best_of_accuracy", 0.9, 4, {}, stderr=0.2)
    found = interval(few)
    assert found is not None and found.high == 1 and 0 < found.low < 0.9
