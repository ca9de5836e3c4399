"""Min–max sampling against a naive reference, with ties, and what a plan must be."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windward.toolsets.sample import sample


def naive(
    ids: list[str], vectors: np.ndarray, initial: int, each: int, epochs: int, seed: int
) -> list[tuple[int, str]]:
    """Everything compared anew in each epoch, in float64; ids are numbers."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    wide = (vectors / lengths).astype(np.float32).astype(np.float64)
    cosine = {(i, j): float((wide[a] * wide[b]).sum()) for a, i in enumerate(ids) for b, j in enumerate(ids)}
    chosen = random.Random(seed).sample(sorted(ids, key=int), initial)
    plan = [(0, one) for one in chosen]
    for epoch in range(1, epochs + 1):
        left = [one for one in ids if one not in chosen]
        best = sorted(left, key=lambda one: (max(cosine[one, other] for other in chosen), int(one)))[:each]
        plan += [(epoch, one) for one in best]
        chosen = chosen + best
    return plan


@pytest.mark.parametrize("seed", range(6))
def test_the_plan_is_that_of_the_naive_reference(seed: int) -> None:
    vectors = np.random.default_rng(seed).standard_normal((80, 24)).astype(np.float32)
    ids = [str(number) for number in range(80)]
    plan = sample(ids, vectors, initial=20, each=12, epochs=4, seed=seed)
    assert [(one.epoch, one.id) for one in plan] == naive(ids, vectors, 20, 12, 4, seed)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6))
def test_problems_that_are_the_same_are_taken_by_their_ids(seed: int, kinds: int) -> None:
    drawn = np.random.default_rng(seed)
    vectors = drawn.standard_normal((kinds, 40)).astype(np.float32)[drawn.integers(0, kinds, 30)]
    ids = [str(number) for number in drawn.permutation(30)]
    plan = sample(ids, vectors, initial=4, each=5, epochs=4, seed=seed)
    assert [(one.epoch, one.id) for one in plan] == naive(ids, vectors, 4, 5, 4, seed)


def test_the_chosen_set_is_frozen_within_an_epoch() -> None:
    # Two copies of the farthest vector: once the first is chosen the second is the nearest, yet both are taken.
    vectors = np.array([[1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])
    for seed in range(20):
        plan = sample(list("0123"), vectors, initial=1, each=2, epochs=1, seed=seed)
        if plan[0].id == "0":
            assert [(one.id, one.similarity) for one in plan] == [("0", None), ("1", -1.0), ("2", -1.0)]
            return
    raise AssertionError("no seed starts at problem 0")


def test_the_plan_does_not_depend_on_the_order_of_the_rows() -> None:
    vectors = np.random.default_rng(5).standard_normal((50, 16)).astype(np.float32)
    ids = [f"p{number}" for number in range(50)]
    other = np.random.default_rng(6).permutation(50)
    plan = sample(ids, vectors, initial=10, each=10, epochs=3, seed=1)
    assert sample([ids[at] for at in other], vectors[other], initial=10, each=10, epochs=3, seed=1) == plan


def test_every_problem_is_taken_once_and_each_similarity_is_the_largest_to_earlier_epochs() -> None:
    vectors = np.random.default_rng(7).standard_normal((40, 16))
    plan = sample([str(at) for at in range(40)], vectors, initial=10, each=10, epochs=3, seed=3)
    assert sorted(int(one.id) for one in plan) == list(range(40))
    lengths = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for one in plan[10:]:
        earlier = [int(other.id) for other in plan if other.epoch < one.epoch]
        assert one.similarity == pytest.approx((lengths[earlier] @ lengths[int(one.id)]).max(), abs=1e-6)


def test_seeds_change_the_start_only_as_they_are_told() -> None:
    vectors = np.random.default_rng(8).standard_normal((60, 8))
    ids = [str(at) for at in range(60)]
    first = sample(ids, vectors, initial=20, each=5, epochs=1, seed=1)
    assert first == sample(ids, vectors, initial=20, each=5, epochs=1, seed=1)
    assert {one.id for one in first[:20]} != {
        one.id for one in sample(ids, vectors, initial=20, each=5, epochs=1, seed=2)[:20]
    }


def test_more_problems_than_there_are_cannot_be_had() -> None:
    with pytest.raises(ValueError, match=r"7 problems are wanted \(3 \+ 2 × 2\), there are 6"):
        sample(list("abcdef"), np.eye(6), initial=3, each=2, epochs=2)


def test_a_vector_for_each_problem_is_needed() -> None:
    with pytest.raises(ValueError, match="3 ids but 2 vectors"):
        sample(list("abc"), np.eye(2), initial=1, each=1, epochs=1)
    with pytest.raises(ValueError, match="id 'a' comes twice"):
        sample(list("aba"), np.eye(3), initial=1, each=1, epochs=1)
    with pytest.raises(ValueError, match="initial=0"):
        sample(list("abc"), np.eye(3), initial=0, each=1, epochs=1)
