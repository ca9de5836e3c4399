"""The sentence encoder: real vectors from the embedded checkpoint, the same alone and beside others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from windward.models import ModelError
from windward.models.batches import batches
from windward.models.sentence_model import sentence_encoder


@pytest.fixture(scope="module")
def encoder():
    return sentence_encoder()


def test_texts_that_mean_the_same_lie_near(encoder):
    cat, feline, stocks = encoder.encode(
        ["A cat sits on the mat.", "A kitten is lying on a rug.", "Shares fell sharply."]
    )
    assert cat @ feline > cat @ stocks + 0.2


def test_vectors_have_length_one_and_keep_their_order(encoder):
    texts = ["short", "a much longer text " * 20, "", "short"]
    vectors = encoder.encode(texts)
    assert vectors.shape == (4, encoder.dimension) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(vectors[0], vectors[3], atol=1e-6)


def test_a_vector_does_not_depend_on_what_it_is_computed_with(encoder):
    texts = [f"Sentence number {number} " + "and so on " * (number % 7) for number in range(30)]
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_no_texts_make_no_vectors(encoder):
    assert encoder.encode([]).shape == (0, encoder.dimension)


@given(lengths=st.lists(st.integers(1, 300), max_size=60), most=st.integers(1, 2_000))
def test_batches_hold_every_text_once_and_keep_their_bound(lengths, most):
    found = batches(lengths, most)
    assert sorted(place for batch in found for place in batch) == list(range(len(lengths)))
    assert all(len(b) == 1 or len(b) * max(lengths[p] for p in b) <= most for b in found)


def test_a_checkpoint_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelError, match="nowhere"):
        sentence_encoder(tmp_path / "nowhere")
