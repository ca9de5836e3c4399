"""Distraction adds behind the text and takes nothing of it."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from windward.evals.robtest.dimension import perturb
from windward.evals.robtest.distraction import Distraction
from windward.evals.robtest.perturbed import DEGREES, applied, units
from windward.evals.robtest.sentence import read_sentence

TEXT = (
    "Wall St. bears claw back. Short-sellers, the band of ultra-cynics, are seeing green again. (Reuters)\n"
)


def test_every_sentence_of_the_original_is_kept() -> None:
    """The release keeps the first sentence alone: 73 % of the words of AG News, 49 % of Jigsaw's."""
    for degree in DEGREES[1:]:
        samples = perturb(Distraction(), TEXT, degree, n=20).samples
        assert len(samples) == 20
        assert all(sample.text.startswith(TEXT) for sample in samples)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.floats(0, 1), st.integers(0, 3))
def test_what_is_added_is_as_long_as_the_degree_allows_to_the_character(
    text: str, degree: float, seed: int
) -> None:
    most = units(len(text), degree)
    for sample in perturb(Distraction(), text, degree, n=5, seed=seed).samples:
        added = len(sample.text) - len(text)
        assert added == (most if most >= 3 else 0)
        assert not text or sample.degree == Levenshtein.distance(text, sample.text) / len(text) <= degree


def test_the_encoder_has_the_papers_rule() -> None:
    samples = perturb(Distraction(Counting()), TEXT, 0.3, n=10).samples
    assert samples[0].text != TEXT
    original = Counting().encode([TEXT])[0]
    for sample in samples:
        assert Counting().encode([sample.text])[0] @ original > 0.7
    assert perturb(Distraction(Opposed()), TEXT, 0.3).samples[0].text == TEXT


def test_the_choices_of_a_search_stand_behind_the_last_word() -> None:
    sentence = read_sentence(TEXT)
    dimension = Distraction()
    last = len(sentence.words) - 1
    found = dimension.choices(sentence, last)
    assert found == dimension.choices(sentence, last)
    assert len(found) > 10
    assert all(applied(TEXT, [edit]).startswith(TEXT) for edit in found)
    assert not any(dimension.choices(sentence, place) for place in range(last))


@pytest.mark.parametrize(("text", "degree"), [("", 1.0), ("a film", 0.2)])
def test_less_than_three_characters_are_not_added(text: str, degree: float) -> None:
    found = perturb(Distraction(), text, degree)
    assert [sample.text for sample in found.samples] == [text]
    assert found.shortfall == 9


class Counting:
    """Counts letters; a text's vector has length 1."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        counts = np.array([[text.count(letter) for letter in "aeinorst"] for text in texts], dtype=np.float32)
        vectors: NDArray[np.float32] = counts / np.linalg.norm(counts, axis=1, keepdims=True)
        return vectors


class Opposed:
    """Says that no two texts are alike."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.eye(1 + len(texts), 1, dtype=np.float32)[:1].repeat(len(texts), 0) * (
            -1 if len(texts) > 1 else 1
        )
