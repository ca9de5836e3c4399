"""How near two sets of texts are: the cosine of their centroids, x 100 as BOSS prints it (section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Vectors of length 1, [texts, d]."""


@dataclass(frozen=True)
class Similarity:
    """Of two sets.

    Attributes:
        first: name of one.
        second: name of the other.
        cosine: of their centroids, x 100: -100 to 100.
        low: lower end of its 95 % interval: percentiles of a bootstrap over the texts of both, moved by its bias (a resampled centroid has more noise).
        high: upper end.
        first_texts: unique texts that its centroid is of.
        second_texts: likewise.
    """

    first: str
    second: str
    cosine: float
    low: float
    high: float
    first_texts: int
    second_texts: int


def centroid_similarity(
    first: str, one: Vectors, second: str, other: Vectors, *, draws: int, seed: int
) -> Similarity:
    """The cosine of two centroids and its interval.

    Args:
        first: name of the one set.
        one: its vectors, [n, d].
        second: name of the other.
        other: its vectors, [m, d].
        draws: resamples of the texts.
        seed: of the bootstrap.

    Raises:
        ValueError: a set holds no vector.
    """
    if not len(one) or not len(other):
        raise ValueError(f"{first if not len(one) else second} holds no text: there is no centroid")
    generator = np.random.default_rng(seed)
    resampled = _cosines(_centroids(one, draws, generator), _centroids(other, draws, generator))
    value = _cosines(
        one.mean(axis=0, keepdims=True, dtype=np.float64), other.mean(axis=0, keepdims=True, dtype=np.float64)
    )[0]
    low, high = np.percentile(resampled, [2.5, 97.5]) - (resampled.mean() - value)
    return Similarity(
        first, second, float(value), max(-100.0, float(low)), min(100.0, float(high)), len(one), len(other)
    )


def _centroids(vectors: Vectors, draws: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """Centroids of `draws` resamples, [draws, d]: how often each text is drawn times its vector."""
    n = len(vectors)
    often = generator.multinomial(n, np.full(n, 1 / n), size=draws)
    return (often.astype(np.float32) @ vectors).astype(np.float64) / n


def _cosines(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cosines of the rows of two matrices, x 100; 0 where a centroid is the origin."""
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    products = (one * other).sum(axis=1)
    cosines: NDArray[np.float64] = 100 * np.divide(
        products, lengths, out=np.zeros_like(products), where=lengths > 0
    )
    return cosines
