"""Weighted similarity distance: by hand, as recorded, and what must not change it."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded_arrangement import recorded, recorded_arrays

from windward.arrangement import blocks
from windward.arrangement.orders import by_score
from windward.arrangement.weighted import weighted_from_distances, weighted_similarity


def embeddings(seed: int, rows: int, dimensions: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, dimensions)).astype(np.float32) + 0.5


def test_scores_are_those_counted_by_hand() -> None:
    found = weighted_from_distances(np.array([[1.0, 3.0], [5.0, 5.0], [0.0, 10.0]]))
    # Nearest 1, 5, 0; mean 2, 5, 5: w = (6 / 3) / (12 / 3).
    assert found.weight == 0.5
    assert found.scores.tolist() == [2.0, 7.5, 2.5]
    assert by_score(found.scores).order.tolist() == [0, 2, 1]


@pytest.mark.parametrize("name", ["hand8x3", "normal500x40", "duplicate_rows120x25"])
def test_scores_of_a_matrix_equal_the_recorded_order(name: str) -> None:
    expected = recorded(name)["wsd"]
    found = weighted_from_distances(recorded_arrays(name)["D"])
    assert math.isclose(found.weight, expected["avg_weight"], rel_tol=2e-6)
    # Where rows are equal the recorded sort took any order, and ours the lowest place first.
    assert np.array_equal(found.scores[expected["order"]], np.sort(found.scores))


def test_scores_of_real_embeddings_equal_the_recorded_order() -> None:
    expected, real = recorded("minilm_math_algebra"), recorded_arrays("minilm_math_algebra")
    found = weighted_similarity(real["train"], real["test"])
    order = np.array(expected["wsd_order"])
    assert math.isclose(found.weight, expected["wsd_weight"], rel_tol=1e-7)
    # The recorded scores are in single precision, which cannot tell some pairs apart.
    assert (by_score(found.scores).order != order).sum() <= 2
    assert np.diff(found.scores[order]).min() > -1e-7


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 12))
def test_reading_in_blocks_gives_the_scores_of_the_whole_matrix(seed: int, rows: int, targets: int) -> None:
    train, target = embeddings(seed, rows), embeddings(seed + 1, targets)
    unit = [one / np.linalg.norm(one.astype(float), axis=1, keepdims=True) for one in (train, target)]
    whole = weighted_from_distances(-unit[0] @ unit[1].T)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_BLOCK_NUMBERS", 30)
        found = weighted_similarity(train, target)
    np.testing.assert_allclose(found.scores, whole.scores, atol=1e-5 * (1 + abs(whole.weight)))


def test_the_matrix_of_all_distances_is_never_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_BLOCK_NUMBERS", 100_000)
    train, target = embeddings(0, 5_000), embeddings(1, 2_000)
    tracemalloc.start()
    weighted_similarity(train, target)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5_000 * 2_000 * 4 / 10


def test_no_block_of_distances_is_larger_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_BLOCK_NUMBERS", 100)
    read = list(blocks.spans(33, 20))
    assert read[0] == (0, 5) and read[-1] == (30, 33)
    assert all((end - begin) * 20 <= 100 for begin, end in read)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.data())
def test_another_order_of_the_rows_or_targets_moves_no_score(seed: int, data: st.DataObject) -> None:
    train, target = embeddings(seed, 12), embeddings(seed + 1, 6)
    rows = data.draw(st.permutations(range(12)))
    targets = data.draw(st.permutations(range(6)))
    scores = weighted_similarity(train, target).scores
    moved = weighted_similarity(train[rows], target[targets]).scores
    np.testing.assert_allclose(moved, scores[rows], rtol=1e-5, atol=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_the_length_of_a_vector_does_not_matter(seed: int, length: float) -> None:
    train, target = embeddings(seed, 10), embeddings(seed + 1, 4)
    scores = weighted_similarity(train, target).scores
    np.testing.assert_allclose(
        weighted_similarity(train * np.float32(length), target).scores, scores, rtol=1e-4, atol=1e-5
    )


def test_equal_rows_score_equally_in_whatever_block_they_fall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_BLOCK_NUMBERS", 7 * 13)
    train = np.tile(embeddings(3, 10), (9, 1))
    scores = weighted_similarity(train, embeddings(4, 13)).scores.reshape(9, 10)
    assert (scores == scores[0]).all()
    assert by_score(scores.ravel()).order.reshape(10, 9)[:, 0].max() < 10


@pytest.mark.parametrize(
    ("train", "target", "message"),
    [
        (np.ones((3, 4)), np.ones((2, 5)), "train has 4 dimensions and target 5"),
        (np.ones((0, 4)), np.ones((2, 4)), "train must be a matrix"),
        (np.ones(4), np.ones((2, 4)), "train must be a matrix"),
        (np.ones((3, 4)) * [[1], [0], [1]], np.ones((2, 4)), "train row 1 is zero"),
        (np.ones((3, 4)), np.full((2, 4), np.nan), "target row 0 holds NaN"),
    ],
)
def test_what_has_no_distance_is_named(train: np.ndarray, target: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        weighted_similarity(train, target)


def test_a_row_is_named_by_its_place_in_the_whole_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_BLOCK_NUMBERS", 8)
    train = np.ones((9, 4))
    train[7, 2] = np.inf
    with pytest.raises(ValueError, match="train row 7 holds"):
        weighted_similarity(train, np.ones((2, 4)))
