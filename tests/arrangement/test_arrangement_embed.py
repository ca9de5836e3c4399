"""Vectors are made once a text, and a killed run goes on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from windward import arrangement
from windward.models.sentence_model import embedded_encoder_path


class Counting:
    """An encoder that counts its texts, and dies at one of them."""

    name, dimension, max_tokens = "counting", 3, 256

    def __init__(self, dies_at: str = "") -> None:
        self.seen: list[str] = []
        self._dies_at = dies_at

    def encode(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        if self._dies_at in texts:
            raise KeyboardInterrupt
        self.seen += texts
        return np.array([[len(text), ord(text[0]), len(self.seen)] for text in texts], dtype=np.float32)


@pytest.fixture(autouse=True)
def _short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("windward.arrangement.embedding._CHUNK", 2)


TEXTS = ["one", "two", "one", "three", "two", "four", "five"]


def test_equal_texts_are_encoded_once_and_get_equal_vectors(tmp_path: Path) -> None:
    for cache in (None, tmp_path):
        encoder = Counting()
        vectors = arrangement.embed(TEXTS, encoder, cache)
        assert encoder.seen == ["one", "two", "three", "four", "five"]
        assert vectors.shape == (7, 3)
        assert vectors[0].tolist() == vectors[2].tolist() and vectors[1].tolist() == vectors[4].tolist()


def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        arrangement.embed(TEXTS, Counting(dies_at="four"), tmp_path)
    encoder = Counting()
    vectors = arrangement.embed(TEXTS, encoder, tmp_path)
    assert encoder.seen == ["four", "five"]
    assert vectors[:, 0].tolist() == [3, 3, 3, 5, 3, 4, 4]
    again = Counting()
    assert np.array_equal(arrangement.embed(TEXTS, again, tmp_path), vectors)
    assert again.seen == []


def test_other_texts_or_another_encoder_are_another_entry(tmp_path: Path) -> None:
    arrangement.embed(["ab", "c"], Counting(), tmp_path)
    for texts, name in ((["a", "bc"], "counting"), (["ab", "c"], "other")):
        encoder = Counting()
        encoder.name = name
        arrangement.embed(texts, encoder, tmp_path)
        assert encoder.seen == texts


def test_what_is_no_text_is_refused_and_no_texts_are_no_vectors(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="text 1 is int"):
        arrangement.embed(["a", 3], Counting())  # type: ignore[list-item]
    assert arrangement.embed([], Counting(), tmp_path).shape == (0, 3)


@pytest.mark.slow
def test_the_embedded_encoder_puts_like_questions_first() -> None:
    if not embedded_encoder_path().is_dir():
        pytest.skip("the embedded encoder is not installed")
    train = arrangement.embed(["The cat sleeps.", "Solve x + 2 = 5.", "Rain is likely today."])
    plan = arrangement.test_centric(train, arrangement.embed(["Solve y - 1 = 3."]), budget=1)
    assert plan.order.tolist() == [1]
