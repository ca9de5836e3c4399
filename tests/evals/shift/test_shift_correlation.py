"""The shape of an ID-OOD curve: least squares as any solver has it, and a verdict that names what keeps it from deciding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windward.evals.shift.correlation import Rule, correlate
from windward.evals.shift.forecast import forecast
from windward.evals.shift.planted import plant
from windward.evals.shift.segments import fit_segments, knees_to_try, predicted
from windward.evals.shift.spearman import spearman
from windward.evals.shift.task import ShiftError

QUICK = Rule(draws=300)


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_every_fit_is_the_one_that_a_general_solver_finds(seed: int) -> None:
    generator = np.random.default_rng(seed)
    x, y = generator.uniform(0.3, 0.9, 25), generator.uniform(0.0, 1.0, 25)
    weights = generator.integers(0, 4, (3, 25)).astype(float)
    knees = knees_to_try(np.sort(x), side=5, steps=9)
    fit = fit_segments(x, y, weights, knees)
    for place, row in enumerate(weights):
        root = np.sqrt(row)
        least = []
        for knee in knees:
            design = np.stack([np.ones_like(x), x, np.maximum(x - knee, 0)], axis=1)
            solved, *_ = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)
            least.append(float((row * (y - design @ solved) ** 2).sum()))
        assert fit.rss[place, 2] == pytest.approx(min(least), rel=1e-8)
        (made,) = predicted(fit.coefficients(np.full(3, 2))[[place]], x)
        assert float((row * (y - made) ** 2).sum()) == pytest.approx(min(least), rel=1e-8)
        line = np.polyfit(x, y, 1, w=root)
        assert [fit.slope[place], fit.offset[place]] == pytest.approx(line, rel=1e-8)
        assert fit.mean[place] == pytest.approx(np.average(y, weights=row))


def test_rank_correlation_is_scipys_of_points_and_of_resamples() -> None:
    from scipy.stats import spearmanr

    generator = np.random.default_rng(3)
    x, y = generator.integers(0, 8, 20) / 8, generator.integers(0, 8, 20) / 8
    counts = generator.multinomial(20, np.full(20, 1 / 20), size=5)
    found = spearman(x, y, np.concatenate([np.ones((1, 20)), counts]))
    wanted = [spearmanr(x, y).statistic]
    wanted += [spearmanr(np.repeat(x, row), np.repeat(y, row)).statistic for row in counts]
    assert found == pytest.approx(wanted)


def test_a_worked_example_has_the_knee_and_the_slopes_that_were_drawn() -> None:
    x = np.linspace(0.4, 0.9, 26)
    y = 0.3 - 0.2 * x + 1.2 * np.maximum(x - 0.7, 0)
    fit = correlate(x, y, rule=QUICK)
    assert fit.verdict == fit.nearest == "type III"
    assert fit.shape == "knee"
    assert fit.knee.value == pytest.approx(0.7, abs=0.002)
    assert (fit.before.value, fit.after.value) == pytest.approx((-0.2, 1.0), abs=0.01)
    assert [one.parameters for one in fit.candidates] == [2, 3, 5]


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (0.8, 0.8, "type I"),
        (0.3, 1.6, "type II"),
        (-0.4, 1.2, "type III"),
        (-0.7, -0.7, "falling line"),
        (1.4, 0.3, "saturating"),
        (0.8, -0.8, "inverted V"),
        (-0.3, -1.5, "falling with a knee"),
    ],
)
def test_each_shape_is_called_what_it_is(before: float, after: float, verdict: str) -> None:
    generator = np.random.default_rng(5)
    x = generator.uniform(0.35, 0.9, 50)
    y = 0.5 + before * (x - 0.65) + (after - before) * np.maximum(x - 0.65, 0) + generator.normal(0, 0.01, 50)
    assert correlate(x, y, rule=QUICK).verdict == verdict


def test_the_order_of_the_points_changes_nothing() -> None:
    x, y = plant("type II", 40, 0.03, np.random.default_rng(1))
    runs = [f"run {place % 8}" for place in range(40)]
    shuffled = np.random.default_rng(2).permutation(40)
    first = correlate(x, y, groups=runs, seed=4, rule=QUICK)
    second = correlate(x[shuffled], y[shuffled], groups=[runs[one] for one in shuffled], seed=4, rule=QUICK)
    assert (first.verdict, first.knee, first.slope, first.share) == (
        second.verdict,
        second.knee,
        second.slope,
        second.share,
    )


def test_points_of_one_run_that_agree_count_for_less() -> None:
    """Twelve runs of eight checkpoints whose errors are those of the run: eight times the points are not eight times the evidence."""
    generator = np.random.default_rng(0)
    runs = np.repeat(np.arange(12), 8)
    x = generator.uniform(0.35, 0.9, 96)
    y = 0.1 + 0.5 * x + np.repeat(generator.normal(0, 0.08, 12), 8) + generator.normal(0, 0.01, 96)
    alone, together = (
        correlate(x, y, rule=QUICK),
        correlate(x, y, groups=[str(run) for run in runs], rule=QUICK),
    )
    assert alone.effective == 96
    assert together.effective < 20
    assert together.runs == 12
    assert alone.runs is None


@pytest.mark.parametrize("kind", ["few points", "few runs", "narrow"])
def test_too_little_is_undetermined_and_says_what_is_missing(kind: str) -> None:
    x, y = plant("type I", 40, 0.005, np.random.default_rng(0))
    assert correlate(x, y, rule=QUICK).verdict == "type I"
    if kind == "few points":
        fit = correlate(x[:10], y[:10], rule=QUICK)
        wanted = "10 points are fewer than 12"
    elif kind == "few runs":
        fit = correlate(x, y, groups=[place % 3 for place in range(40)], rule=QUICK)
        wanted = "3 training runs are fewer than 5"
    else:
        fit = correlate(0.8 + x / 10, y, rule=QUICK)
        wanted = "scores in distribution span 0.05"
    assert fit.verdict == "undetermined"
    assert any(wanted in reason for reason in fit.reasons)


def test_a_constant_is_no_relation_and_no_verdict() -> None:
    x = np.random.default_rng(0).uniform(0.3, 0.9, 40)
    fit = correlate(x, np.full(40, 0.5), rule=QUICK)
    assert (fit.verdict, fit.nearest) == ("undetermined", "flat")
    assert any("either sign" in reason for reason in fit.reasons)
    assert np.isnan(fit.spearman.value)


def test_a_line_that_hides_a_knee_is_not_called_a_line() -> None:
    """With noise that drowns a planted knee a line often fits as well: that it is one was not shown."""
    generator = np.random.default_rng(7)
    fits = [correlate(*plant("type II", 40, 0.08, generator), rule=QUICK) for _ in range(60)]
    hidden = [fit for fit in fits if fit.nearest == "type I"]
    left_open = [fit for fit in hidden if fit.verdict == "undetermined"]
    assert len(hidden) > 20
    assert len(left_open) >= len(hidden) - 2
    assert all(any("do not exclude a knee" in reason for reason in fit.reasons) for fit in left_open)


def test_a_slope_of_either_sign_does_not_tell_types_two_and_three_apart() -> None:
    generator = np.random.default_rng(0)
    x = generator.uniform(0.35, 0.9, 50)
    y = 0.3 + 1.5 * np.maximum(x - 0.7, 0) + generator.normal(0, 0.01, 50)
    fit = correlate(x, y, rule=QUICK)
    assert fit.shape == "knee"
    assert fit.verdict == "undetermined"
    assert any("slope before the knee may have either sign" in reason for reason in fit.reasons)


def test_precise_points_outweigh_a_wild_one() -> None:
    x = np.linspace(0.4, 0.9, 30)
    y = 0.1 + 0.7 * x
    y[15] = 0.95
    errors = np.full(30, 0.01)
    errors[15] = 0.5
    assert correlate(x, y, stderrs=errors, rule=QUICK).slope.value == pytest.approx(0.7, abs=0.002)
    assert correlate(x, y, rule=QUICK).verdict == "undetermined"
    assert correlate(x, y, stderrs=errors, rule=QUICK).verdict == "type I"


def test_a_line_of_probits_is_a_line_on_their_axis() -> None:
    from scipy.special import ndtr, ndtri

    x = ndtr(np.linspace(-0.5, 2.4, 40))
    y = ndtr(0.9 * ndtri(x) - 0.8)
    fit = correlate(x, y, axis="probit", rule=QUICK)
    assert fit.verdict == "type I"
    assert fit.slope.value == pytest.approx(0.9)
    assert forecast(fit, float(x[20])).ood == pytest.approx(y[20])


@pytest.mark.parametrize(
    ("x", "y", "told"),
    [
        ([0.1, 0.2], [0.1, 0.2], "2 points have no shape"),
        ([0.1, 0.2, 0.3], [0.1, 0.2], "3 scores in distribution, 2 out of it"),
        ([50, 60, 70], [0.1, 0.2, 0.3], "score 50 in distribution .point 1. .* divide percentages by 100"),
        ([0.5, 0.6, 0.7], [0.1, float("nan"), 0.3], "score nan out of distribution .point 2."),
    ],
)
def test_scores_that_cannot_be_compared_are_refused(x: list[float], y: list[float], told: str) -> None:
    with pytest.raises(ShiftError, match=told):
        correlate(x, y)


def test_a_score_of_one_has_no_logit() -> None:
    x = [0.5, 0.6, 1.0]
    with pytest.raises(ShiftError, match="use the raw axis"):
        correlate(x, x, axis="logit")


def test_errors_of_zero_are_refused() -> None:
    x = [0.5, 0.6, 0.7]
    with pytest.raises(ShiftError, match="not above zero"):
        correlate(x, x, stderrs=[0.01, 0.0, 0.01])


def test_nothing_is_forecast_beyond_the_points() -> None:
    x, y = plant("type I", 40, 0.01, np.random.default_rng(0))
    fit = correlate(x, y, rule=QUICK)
    with pytest.raises(ShiftError, match="not known beyond its points"):
        forecast(fit, 0.99)


def test_forecasts_hold_what_they_say() -> None:
    """Of 1,200 fresh points over planted curves of all types, 90 to 99 % lie in their 95 % interval."""
    generator = np.random.default_rng(17)
    held = []
    for kind in ("type I", "type II", "type III"):
        for _ in range(20):
            x, y = plant(kind, 70, 0.02, generator)
            fit = correlate(x[:50], y[:50], rule=QUICK)
            for score, truth in zip(x[50:], y[50:], strict=True):
                if fit.low <= score <= fit.high:
                    _, low, high = forecast(fit, float(score))
                    held.append(low <= truth <= high)
    assert len(held) > 1000
    assert 0.90 <= np.mean(held) <= 0.99
