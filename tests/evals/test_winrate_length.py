"""The win rate at equal length: what it must be where the truth is known, and a library's optimum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from windward.evals.winrate import length_controlled, win_rate
from windward.evals.winrate.length import RIDGE


def longer_by(n: int, mean: float, seed: int = 0) -> np.ndarray:
    return np.round(np.random.default_rng(seed).normal(mean, 100, size=n))


@given(st.integers(0, 1_000), st.floats(-60, 60))
@settings(max_examples=20, deadline=None)
def test_a_judge_that_only_looks_at_length_gives_one_half(seed: int, mean: float) -> None:
    differences = longer_by(400, mean, seed)
    preferences = np.where(differences > 0, 1.0, np.where(differences < 0, 0.0, 0.5)).tolist()
    found = length_controlled(preferences, differences.tolist(), seed=seed, draws=50)
    assert found is not None and abs(found.value - 0.5) < 0.16
    assert found.slope > 5


def test_it_does_so_however_much_the_lengths_differ() -> None:
    """Answers longer by 0, 60 and 120 characters on average win raw 50, 73 and 88 %; at equal length about half each time."""
    for mean, raw in ((0, 0.50), (60, 0.73), (120, 0.88)):
        rates, controlled = [], []
        for seed in range(30):
            differences = longer_by(400, mean, seed)
            preferences = np.where(differences > 0, 1.0, np.where(differences < 0, 0.0, 0.5)).tolist()
            found = length_controlled(preferences, differences.tolist(), seed=0, draws=2)
            assert found is not None
            rates.append(win_rate(preferences).value)
            controlled.append(found.value)
        assert np.mean(rates) == pytest.approx(raw, abs=0.02)
        assert np.mean(controlled) == pytest.approx(0.5, abs=0.05)


def test_it_takes_away_what_length_alone_won() -> None:
    differences = longer_by(800, 80)
    noisy = differences + np.random.default_rng(1).logistic(0, 60, size=800) > 0
    preferences = noisy.astype(float).tolist()
    found = length_controlled(preferences, differences.tolist(), seed=0, draws=200)
    assert found is not None
    assert win_rate(preferences).value > 0.7
    assert found.low < 0.5 < found.high and abs(found.value - 0.5) < 0.08


@given(st.integers(0, 1_000), st.floats(0.2, 0.8))
@settings(max_examples=20, deadline=None)
def test_preferences_that_do_not_look_at_length_keep_their_rate(seed: int, rate: float) -> None:
    draws = np.random.default_rng(seed)
    preferences = draws.choice([1.0, 0.0], p=[rate, 1 - rate], size=600).tolist()
    found = length_controlled(preferences, longer_by(600, 20, seed).tolist(), seed=seed, draws=50)
    assert found is not None and found.value == pytest.approx(win_rate(preferences).value, abs=0.04)


def test_exchanging_the_systems_exchanges_the_rate() -> None:
    differences = longer_by(100, 40)
    preferences = np.random.default_rng(2).choice([1.0, 0.5, 0.0], size=100)
    there = length_controlled(preferences.tolist(), differences.tolist(), seed=0, draws=20)
    back = length_controlled((1 - preferences).tolist(), (-differences).tolist(), seed=0, draws=20)
    assert there is not None and back is not None
    assert there.value == pytest.approx(1 - back.value) and there.slope == pytest.approx(back.slope)


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.integers(-500, 500)), min_size=4, max_size=60))
@settings(max_examples=50, deadline=None)
def test_the_fit_is_the_optimum_also_where_length_separates(rows: list[tuple[float, int]]) -> None:
    preferences, differences = ([row[side] for row in rows] for side in (0, 1))
    found = length_controlled(preferences, differences, seed=0, draws=2)
    spread = np.std(differences)
    if found is None or spread == 0:
        return
    length, wanted = np.tanh(np.array(differences) / spread), np.array(preferences)

    def loss(at: np.ndarray) -> float:
        logits = at[0] + at[1] * length
        return float((np.logaddexp(0, logits) - wanted * logits).sum() + RIDGE / 2 * (at**2).sum())

    ours = loss(np.array([np.log(found.value / (1 - found.value)), found.slope]))
    assert ours <= minimize(loss, np.zeros(2), method="Nelder-Mead", options={"maxiter": 2_000}).fun + 1e-6


def test_the_seed_fixes_the_interval() -> None:
    differences, preferences = longer_by(60, 10).tolist(), [1.0, 0.0, 0.5] * 20
    first, again, other = (length_controlled(preferences, differences, seed=s, draws=100) for s in (3, 3, 4))
    assert first == again and first is not None and other is not None
    assert (first.value, first.low) != (other.value, other.low) and first.low < first.value < first.high


def test_where_length_and_system_cannot_be_told_apart_there_is_no_figure() -> None:
    assert length_controlled([1.0, 0.0, 1.0], [5, 5, 5], seed=0) is None
    assert length_controlled([1.0], [5], seed=0) is None
    equal = length_controlled([1.0, 0.0, 1.0, 1.0] * 50, [0] * 200, seed=0, draws=50)
    assert equal is not None and equal.value == pytest.approx(0.75, abs=0.001)
    with pytest.raises(ValueError, match="2 preferences for 1"):
        length_controlled([1.0, 0.0], [1], seed=0)
