"""Optimal transport: as recorded, against a linear programme, its invariances and its limits."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded_arrangement import recorded, recorded_arrays
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from windward.arrangement import transport
from windward.arrangement.transport import transport_cost


def points(seed: int, rows: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, 3))


def test_costs_of_real_embeddings_equal_the_recorded_ones() -> None:
    expected, real = (
        recorded("similarity_metrics_math_algebra"),
        recorded_arrays("minilm_math_algebra"),
    )
    scores = transport_cost(real["train"][:200], real["test"][:50])
    np.testing.assert_allclose(scores, expected["ot_p1_scores_200x50"], atol=1e-6)
    assert math.isclose(scores.sum(), expected["ot_total"], rel_tol=1e-6)


def test_two_rows_beside_two_targets_pay_their_own_way() -> None:
    scores = transport_cost(np.array([[0.0, 0.0], [10.0, 0.0]]), np.array([[10.0, 1.0], [0.0, 3.0]]))
    np.testing.assert_allclose(scores, [3 / 2, 1 / 2])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_as_many_rows_as_targets_cost_what_the_best_assignment_costs(seed: int, rows: int) -> None:
    train, target = points(seed, rows), points(seed + 1, rows)
    distances = cdist(train, target)
    best = distances[linear_sum_assignment(distances)].sum() / rows
    assert math.isclose(transport_cost(train, target).sum(), best, rel_tol=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.data())
def test_costs_move_with_their_rows(seed: int, data: st.DataObject) -> None:
    train, target = points(seed, 8), points(seed + 1, 5)
    rows = data.draw(st.permutations(range(8)))
    np.testing.assert_allclose(
        transport_cost(train[rows], target), transport_cost(train, target)[rows], atol=1e-9
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 9))
def test_parts_cost_no_less_than_the_whole_plan(seed: int, blocks: int) -> None:
    train, target = points(seed, 9), points(seed + 1, 4)
    whole, parts = transport_cost(train, target), transport_cost(train, target, blocks=blocks, seed=seed)
    assert parts.sum() >= whole.sum() - 1e-9
    if blocks == 1:
        np.testing.assert_array_equal(parts, whole)


def test_one_part_a_row_costs_the_mean_distance() -> None:
    train, target = points(1, 6), points(2, 4)
    scores = transport_cost(train, target, blocks=6)
    np.testing.assert_allclose(scores, cdist(train, target).mean(axis=1) / 6)


def test_the_parts_are_those_of_the_seed() -> None:
    train, target = points(1, 20), points(2, 7)
    first, again, other = (transport_cost(train, target, blocks=4, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_a_plan_over_the_limit_is_refused_and_the_advice_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LARGEST_PLAN", 100)
    train, target = points(1, 33), points(2, 10)
    with pytest.raises(ValueError, match=r"33 x 10 cells is over the limit of 100: pass blocks=4"):
        transport_cost(train, target)
    with pytest.raises(ValueError, match="over the limit"):
        transport_cost(train, target, blocks=3)
    assert len(transport_cost(train, target, blocks=4)) == 33
    with pytest.raises(ValueError, match="sample of the target rows"):
        transport_cost(train, points(2, 101))


def test_what_cannot_be_carried_is_named() -> None:
    with pytest.raises(ValueError, match="blocks must be from 1 to the 3"):
        transport_cost(points(1, 3), points(2, 3), blocks=4)
    train = points(1, 9)
    train[6, 0] = np.nan
    with pytest.raises(ValueError, match="train row 6 holds"):
        transport_cost(train, points(2, 3), blocks=2)
