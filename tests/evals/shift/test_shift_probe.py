"""Centroids, kept vectors and the probe: what they give where the right answer is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.evals.shift.distances import Vectors, centroid_similarity
from windward.evals.shift.probe import Right, folds, split, vectors_probe, words_probe
from windward.evals.shift.spoken import letters
from windward.evals.shift.vectors import kept_vectors


def _unit(vectors: object) -> Vectors:
    found = np.asarray(vectors, dtype=np.float32)
    lengths: Vectors = np.linalg.norm(found, axis=1, keepdims=True).astype(np.float32)
    return found / lengths


def test_the_cosine_is_that_of_the_centroids_times_100() -> None:
    one, other = _unit([[1, 0], [0, 1]]), _unit([[1, 0], [1, 0]])
    found = centroid_similarity("a", one, "b", other, draws=50, seed=0)
    assert found.cosine == pytest.approx(100 / np.sqrt(2))
    assert (found.first, found.second, found.first_texts, found.second_texts) == ("a", "b", 2, 2)


def test_the_interval_holds_the_cosine_of_the_distributions_as_often_as_it_says() -> None:
    generator = np.random.default_rng(0)
    centre, other = np.array([1.0, 0, 0, 0]), np.array([0.6, 0.8, 0, 0])
    held = 0
    for seed in range(100):
        one, two = (_unit(mean + 0.5 * generator.normal(size=(300, 4))) for mean in (centre, other))
        found = centroid_similarity("a", one, "b", two, draws=200, seed=seed)
        held += found.low <= 60 <= found.high
    assert held >= 88


def test_two_halves_of_one_distribution_are_as_near_as_can_be_and_the_interval_says_so() -> None:
    generator = np.random.default_rng(2)
    one, two = (_unit(np.array([1.0, 0, 0]) + generator.normal(size=(400, 3))) for _ in range(2))
    found = centroid_similarity("a", one, "b", two, draws=200, seed=0)
    assert found.low < found.cosine < found.high <= 100
    assert found.cosine > 98


def test_opposite_texts_have_no_centroid_and_no_cosine() -> None:
    found = centroid_similarity("a", _unit([[1, 0], [-1, 0]]), "b", _unit([[1, 0]]), draws=10, seed=0)
    assert found.cosine == 0
    with pytest.raises(ValueError, match="b holds no text"):
        centroid_similarity("a", _unit([[1, 0]]), "b", np.zeros((0, 2), dtype=np.float32), draws=10, seed=0)


class Counted:
    """One vector a text, and how many texts were asked."""

    name = "counted"

    def __init__(self, until: int = 10**9) -> None:
        self.asked, self.until = 0, until

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += len(texts)
        if self.asked > self.until:
            raise KeyboardInterrupt
        return np.array([[len(text), float(text)] for text in texts], dtype=np.float32)


def test_a_killed_run_computes_no_kept_vector_again(tmp_path: Path) -> None:
    texts = [str(number) for number in range(1200)]
    with pytest.raises(KeyboardInterrupt):
        kept_vectors(Counted(until=600), texts, tmp_path)
    later = Counted()
    found = kept_vectors(later, texts, tmp_path)
    assert later.asked == 1200 - 512
    assert found[:, 1].tolist() == list(range(1200))
    assert kept_vectors(Counted(until=0), texts, tmp_path).tolist() == found.tolist()


def test_vectors_of_another_encoder_are_not_taken(tmp_path: Path) -> None:
    kept_vectors(Counted(), ["1", "2"], tmp_path)
    other = Counted()
    other.name = "another"
    kept_vectors(other, ["1", "2"], tmp_path)
    assert other.asked == 2


@given(
    st.lists(st.sampled_from(["A b.", "a b", "c", "C!", "d", "e", "f", "g"]), min_size=2, max_size=30),
    st.integers(0, 5),
)
def test_no_text_is_held_out_that_was_learnt_from_in_another_dress(texts: list[str], seed: int) -> None:
    apart = split(texts, share=0.7, seed=seed)
    assert sorted(apart.train + apart.test) == list(range(len(texts)))

    def plain(places: Sequence[int]) -> set[str]:
        return {texts[at].lower().strip(".!") for at in places}

    assert not plain(apart.train) & plain(apart.test)


@given(
    st.lists(st.sampled_from(["A b.", "a b", "c", "C!", "d", "e", "f", "g"]), min_size=2, max_size=30),
    st.integers(2, 5),
)
def test_every_text_is_held_out_once_and_its_copies_with_it(texts: list[str], count: int) -> None:
    apart = folds(texts, count=count, seed=0)
    assert sorted(at for one in apart for at in one.test) == list(range(len(texts)))
    for one in apart:
        assert sorted(one.train + one.test) == list(range(len(texts)))
        assert not {letters(texts[at]) for at in one.train} & {letters(texts[at]) for at in one.test}


def test_the_probe_learns_words_and_is_asked_among_the_labels_of_the_set() -> None:
    texts = ["good fine", "fine good film", "bad poor", "poor bad film", "table chair", "chair and table"] * 5
    labels = ["1", "1", "0", "0", "2", "2"] * 5
    probe = words_probe(texts, labels)
    assert probe.classes == ("0", "1", "2")
    assert probe.right(["good film", "a bad one", "the chair"], ["1", "0", "2"], "012") == Right(3, 3)
    # Without the third label the sure "2" of the chair must become one of the other two: no answer is lost.
    assert probe.right(["chair table good"], ["1"], "01") == Right(1, 1)
    assert probe.right(["chair table good"], ["1"], "012") == Right(0, 1)


def test_the_probe_over_vectors_separates_what_is_apart() -> None:
    generator = np.random.default_rng(1)
    vectors = np.concatenate([generator.normal(at, 0.1, size=(20, 3)) for at in (-1, 1)]).astype(np.float32)
    probe = vectors_probe(vectors, ["a"] * 20 + ["b"] * 20)
    assert probe.right(vectors, ["a"] * 20 + ["b"] * 20, ("a", "b")) == Right(40, 40)
    assert Right(1, 4).rate == 0.25
