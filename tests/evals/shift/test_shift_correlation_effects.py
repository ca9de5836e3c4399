"""Effects of methods: paired over seeds and texts, with intervals that hold what they say, and null results that stay null."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from windward.evals.shift.effects import effect_of_seeds, effect_of_texts, effect_results
from windward.evals.shift.task import ShiftError
from windward.rows import Result


def _row(method: str, seed: int, value: float, dataset: str = "movie", **more: object) -> Result:
    condition = {
        "task": "rated",
        "factor": "method",
        "value": method,
        "method": method,
        "seed": seed,
        "role": "ood",
    }
    return Result("shift", "tiny", dataset, "test", "accuracy", value, 4, condition | more, 0.02)


def test_over_seeds_the_interval_is_students() -> None:
    effect = effect_of_seeds([0.01, 0.03, 0.05])
    low, high = ttest_1samp([0.01, 0.03, 0.05], 0).confidence_interval(0.95)
    assert effect.value == pytest.approx(0.03)
    assert (effect.low, effect.high) == pytest.approx((low, high))


def test_one_seed_has_no_interval_and_none_is_refused() -> None:
    assert effect_of_seeds([0.02]).low is None
    with pytest.raises(ShiftError, match="no seed was run with both"):
        effect_of_seeds([])


def test_one_seed_over_texts_is_a_paired_t_test_over_texts() -> None:
    generator = np.random.default_rng(0)
    first, second = generator.random(200) < 0.7, generator.random(200) < 0.6
    effect = effect_of_texts([first.tolist()], [second.tolist()])
    low, high = ttest_1samp(first.astype(float) - second, 0).confidence_interval(0.95)
    assert (effect.low, effect.high) == pytest.approx((low, high))


@pytest.mark.parametrize("seed_effect", [0.0, 0.03])
def test_without_an_effect_95_percent_of_intervals_cover_zero(seed_effect: float) -> None:
    """400 comparisons of a method that does nothing, three seeds and 150 texts; texts and seeds move both."""
    generator = np.random.default_rng(1)
    covered = []
    for _ in range(400):
        hard = generator.normal(0.65, 0.2, 150)
        each = generator.normal(0, seed_effect, (2, 3, 1))
        right = generator.random((2, 3, 150)) < np.clip(hard + each, 0.02, 0.98)
        effect = effect_of_texts(right[0].tolist(), right[1].tolist())
        assert effect.low is not None
        assert effect.high is not None
        covered.append(effect.low <= 0 <= effect.high)
    assert 0.93 <= np.mean(covered) <= 1.0


def test_answers_of_other_texts_are_refused() -> None:
    with pytest.raises(ShiftError, match="same seeds and texts"):
        effect_of_texts([[True, False]], [[True, False, True]])


def test_a_method_is_compared_with_the_baseline_seed_by_seed() -> None:
    rows = [_row("vanilla", seed, value) for seed, value in enumerate([0.60, 0.64, 0.62])]
    rows += [_row("eda", seed, value) for seed, value in enumerate([0.61, 0.66, 0.62])]
    rows += [_row("eda", 9, 0.99)]
    (effect,) = effect_results(rows)
    assert effect.metric == "method_effect"
    assert effect.value == pytest.approx(0.01)
    assert (effect.condition["seeds"], effect.condition["method"]) == (3, "eda")
    assert (effect.condition["before"], effect.condition["after"]) == pytest.approx((0.62, 0.63))
    assert effect.condition["low"] < 0 < effect.condition["high"]


def test_known_answers_make_it_paired_over_texts() -> None:
    rows = [_row(method, seed, 0.5) for method in ("vanilla", "eda") for seed in (0, 1)]
    right = {
        ("movie", row.condition["method"], row.condition["seed"]): [True, False, True, False] for row in rows
    }
    (effect,) = effect_results(rows, correct=right)
    assert effect.condition["texts"] == 4
    right.pop(("movie", "eda", 1))
    (effect,) = effect_results(rows, correct=right)
    assert effect.condition["texts"] is None


def test_test_sets_and_models_are_compared_each_for_itself() -> None:
    rows = [
        _row(method, 0, 0.5, dataset)
        for method in ("vanilla", "eda", "focal")
        for dataset in ("movie", "nyt")
    ]
    found = {(row.dataset, row.condition["method"]) for row in effect_results(rows)}
    assert found == {("movie", "eda"), ("movie", "focal"), ("nyt", "eda"), ("nyt", "focal")}


def test_a_seed_that_was_scored_twice_is_refused() -> None:
    with pytest.raises(ShiftError, match="scored twice on movie with method eda and seed 0"):
        effect_results([_row("eda", 0, 0.5), _row("eda", 0, 0.6)])
