"""How far samples are from their texts: by characters, by words, by what an encoder makes of them, by fluency.

Each function takes the samples of a cell at once and gives one figure a sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq, Levenshtein
from rapidfuzz.process import cpdist

from windward.evals.robtest.sentence import read_sentence
from windward.journal import run


class Encoder(Protocol):
    """Texts as vectors (`windward.models.sentence_model.SentenceEncoder` is one)."""

    @property
    def name(self) -> str:
        """As the report calls it."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length 1, [n, d]."""
        ...


class Reader(Protocol):
    """A causal language model that says how likely a text is (`windward.models.Local` is one)."""

    @property
    def name(self) -> str:
        """As the report calls it."""

    async def text_log_probabilities(self, text: str) -> tuple[float, ...]:
        """Log-probability (nats) of each token."""
        ...


def edit_distances(originals: Sequence[str], texts: Sequence[str]) -> NDArray[np.float64]:
    """Levenshtein distance of each text, divided by the length of its original (at least 1), [n]."""
    sizes = np.array([max(len(text), 1) for text in originals], dtype=np.float64)
    if not len(sizes):
        return sizes
    return np.asarray(cpdist(originals, texts, scorer=Levenshtein.distance, dtype=np.int32) / sizes)


def words_kept(originals: Sequence[str], texts: Sequence[str]) -> NDArray[np.float64]:
    """The share of each original's words that its text has too, in their order (longest common subsequence), [n].

    Words as `read_sentence` finds them, letter case aside; 1 for an original without words.
    """
    known: dict[str, list[str]] = {}

    def words(text: str) -> list[str]:
        if text not in known:
            known[text] = [word.lower() for word in read_sentence(text).words]
        return known[text]

    before, after = [words(text) for text in originals], [words(text) for text in texts]
    if not before:
        return np.zeros(0)
    common = cpdist(before, after, scorer=LCSseq.similarity, dtype=np.int32)
    sizes = np.array([len(one) for one in before], dtype=np.float64)
    return np.where(sizes > 0, common / np.maximum(sizes, 1), 1.0)


def similarities(
    encoder: Encoder, originals: Sequence[str], texts: Sequence[str], known: dict[str, NDArray[np.float32]]
) -> NDArray[np.float64]:
    """Cosine of the vectors of each text and its original, [n]; a text that comes more than once is encoded once.

    Args:
        encoder: that makes the vectors.
        originals: one a text.
        texts: that were made of them.
        known: vectors of originals, which come again in every cell of a run: looked up there, and added.
    """
    if not len(texts):
        return np.zeros(0)
    new = [text for text in dict.fromkeys((*originals, *texts)) if text not in known]
    vectors = known | (dict(zip(new, encoder.encode(new), strict=True)) if new else {})
    known.update({text: vectors[text] for text in originals})
    first, second = (np.stack([vectors[text] for text in some]) for some in (originals, texts))
    return np.asarray((first * second).sum(axis=1), dtype=np.float64)


def fluencies(reader: Reader, originals: Sequence[str], texts: Sequence[str]) -> NDArray[np.float64]:
    """Mean log-probability a token (nats) of each text, less that of its original, [n]; below 0 is less fluent.

    NaN where a text or its original is too short to have one: a single token has none before it.
    """

    async def read(every: Sequence[str]) -> dict[str, float]:
        found = {}
        for text in every:
            values = await reader.text_log_probabilities(text) if text else ()
            found[text] = float(np.mean(values)) if values else float("nan")
        return found

    means = run(read(list(dict.fromkeys((*originals, *texts)))))
    return np.array(
        [means[text] - means[original] for original, text in zip(originals, texts, strict=True)],
        dtype=np.float64,
    )
