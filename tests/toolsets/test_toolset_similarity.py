"""Cosines in blocks against plain loops, and ties that do not depend on where a vector stands."""

import numpy as np
import pytest

from windward.toolsets.similarity import (
    BLOCK,
    cosines,
    id_ranks,
    largest_cosines,
    nearest,
    rounding,
    unit,
)


def drawn(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def test_cosines_equal_those_of_a_plain_loop() -> None:
    left, right = drawn(0, 7, 33) * 5, drawn(1, 11, 33)
    naive = [[one @ two / (np.linalg.norm(one) * np.linalg.norm(two)) for two in right] for one in left]
    np.testing.assert_allclose(cosines(left, right), naive, atol=rounding(33))


def test_a_vector_of_zeros_is_like_nothing() -> None:
    assert cosines([[0.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]]).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_vector_that_is_not_finite_is_named(bad: float) -> None:
    with pytest.raises(ValueError, match="vector 1 is not finite"):
        unit([[1.0, 2.0], [bad, 2.0]])


def test_vectors_of_two_encoders_are_not_compared() -> None:
    with pytest.raises(ValueError, match="of 2 and of 3 numbers"):
        cosines([[1.0, 2.0]], [[1.0, 2.0, 3.0]])


def test_largest_cosines_over_several_blocks_are_the_largest_of_all() -> None:
    left, right = unit(drawn(2, 5, 8)), unit(drawn(3, BLOCK + 10, 8))
    np.testing.assert_allclose(largest_cosines(left, right), (left @ right.T).max(axis=1), atol=rounding(8))
    assert largest_cosines(left, right[:0]).tolist() == [-1.0] * 5


@pytest.mark.parametrize("seed", range(5))
def test_the_nearest_are_those_of_a_full_sort_with_ties_by_id(seed: int) -> None:
    some = drawn(seed, 40, 96)
    targets = unit(np.concatenate([some, some[::-1], some * 3]))  # each vector three times, far apart
    ids = [str(number) for number in np.random.default_rng(seed).permutation(len(targets))]
    query = targets[3]
    exact = targets.astype(np.float64) @ query.astype(np.float64)
    full = sorted(range(len(ids)), key=lambda at: (-round(float(exact[at]), 9), int(ids[at])))
    found = nearest(query, targets, targets @ query, 10, id_ranks(ids))
    assert [place for place, _ in found] == full[:10]
    assert [cosine for _, cosine in found] == pytest.approx([exact[at] for at in full[:10]], abs=1e-12)


def test_a_screening_that_is_off_by_its_rounding_changes_nothing() -> None:
    targets = unit(drawn(9, 60, 64))
    query, order = targets[0], id_ranks([str(at) for at in range(60)])
    noise = np.random.default_rng(9).uniform(-1, 1, 60) * rounding(64)
    plain = nearest(query, targets, targets @ query, 7, order)
    assert nearest(query, targets, (targets @ query + noise).astype(np.float32), 7, order) == plain


def test_fewer_targets_than_asked_for_are_all_found() -> None:
    targets = unit([[1.0, 0.0], [0.0, 1.0]])
    assert [at for at, _ in nearest(targets[1], targets, targets @ targets[1], 9, id_ranks(["a", "b"]))] == [
        1,
        0,
    ]
    assert nearest(targets[1], targets[:0], (targets @ targets[1])[:0], 9, id_ranks([])) == []


def test_ids_that_are_numbers_are_ordered_as_numbers_before_other_names() -> None:
    ids = ["b", "10", "9", "a", "09", "²", "100"]
    assert sorted(ids, key=lambda one: int(id_ranks(ids)[ids.index(one)])) == [
        "09",
        "9",
        "10",
        "100",
        "a",
        "b",
        "²",
    ]


def test_an_id_that_comes_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="id '7' comes twice"):
        id_ranks(["7", "8", "7"])
