"""Planted curves are found, and noise is not taken for a curve. The seeds are not those that the rule was set by (1000, 2000)."""

from __future__ import annotations

import numpy as np
import pytest

from windward.evals.shift.correlation import Rule, correlate
from windward.evals.shift.planted import PLANTED, recovery


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_type_is_recovered_in_95_percent_of_200_draws(planted: str) -> None:
    """50 points with a standard deviation of .015; noise has no relation and must come out undetermined."""
    (found,) = recovery([planted], 50, 0.015, curves=200, seed=7, rule=Rule(draws=400))
    assert found.right >= 190
    assert found.wrong <= 2


@pytest.mark.slow
@pytest.mark.parametrize("n", [40, 60, 100])
@pytest.mark.parametrize("noise", [0.03, 0.05, 0.1])
def test_with_too_much_noise_types_are_left_open_and_not_mistaken(n: int, noise: float) -> None:
    for found in recovery(PLANTED, n, noise, curves=200, seed=7):
        assert found.wrong <= 6


def test_noise_of_whole_runs_is_no_curve_if_runs_are_drawn_whole() -> None:
    """Checkpoints of twelve runs, each run with a score of its own and no relation: taken one by one they would show knees."""
    generator = np.random.default_rng(3)
    named = {"whole": 0, "one by one": 0}
    for _ in range(40):
        runs = np.repeat(np.arange(12), 8)
        x = np.repeat(generator.uniform(0.4, 0.85, 12), 8) + generator.normal(0, 0.03, 96)
        y = 0.5 + np.repeat(generator.normal(0, 0.05, 12), 8) + generator.normal(0, 0.01, 96)
        rule = Rule(draws=300)
        named["whole"] += correlate(x, y, groups=runs.tolist(), rule=rule).verdict != "undetermined"
        named["one by one"] += correlate(x, y, rule=rule).verdict != "undetermined"
    assert named["whole"] <= 2
    assert named["one by one"] >= 5
