"""A cheap classifier trained on the set in distribution, and how much of its accuracy is left on another set.

Multinomial logistic regression over TF-IDF of words, or over the vectors of a sentence encoder. Where a test set lacks some of the labels, the
others get probability 0 there, and its accuracy is compared with that on the held-out texts with these labels under the same mask.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from windward.evals.shift.distances import Vectors
from windward.evals.shift.spoken import letters

Inputs = Sequence[str] | Vectors
"""Texts, or their vectors."""


@dataclass(frozen=True)
class Split:
    """Places of the texts that a probe learns from and of those held out; both in order."""

    train: tuple[int, ...]
    test: tuple[int, ...]


@dataclass(frozen=True)
class Right:
    """How many answers were right.

    Attributes:
        right: the number.
        n: of so many.
    """

    right: int
    n: int

    @property
    def rate(self) -> float:
        """Of all, the right ones."""
        return self.right / self.n


def split(texts: Sequence[str], *, share: float, seed: int) -> Split:
    """A share of the texts to learn from, at random; texts with the same letters fall on the same side.

    Args:
        texts: of one set.
        share: that is learnt from, in (0, 1), up to the last group of equal texts.
        seed: of the draw.
    """
    groups = _groups(texts, seed)
    train: list[int] = []
    while groups and len(train) < share * len(texts):
        train += groups.pop()
    return Split(tuple(sorted(train)), tuple(sorted(place for group in groups for place in group)))


def folds(texts: Sequence[str], *, count: int, seed: int) -> list[Split]:
    """`count` splits in which every text is held out once; texts with the same letters are held out together.

    Args:
        texts: of one set.
        count: at least 2; fewer splits where there are fewer different texts.
        seed: of the draw.
    """
    groups = _groups(texts, seed)
    parts = [groups[start::count] for start in range(min(count, len(groups)))]
    found = []
    for part in parts:
        test = {place for group in part for place in group}
        found.append(
            Split(tuple(place for place in range(len(texts)) if place not in test), tuple(sorted(test)))
        )
    return found


def _groups(texts: Sequence[str], seed: int) -> list[list[int]]:
    """Places of the texts with the same letters, group by group at random."""
    groups: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        groups.setdefault(letters(text), []).append(place)
    names = sorted(groups)
    random.Random(seed).shuffle(names)
    return [groups[name] for name in names]


@dataclass(frozen=True)
class Probe:
    """A trained classifier.

    Attributes:
        name: what it is of.
        classes: its labels, in the order of the columns of its probabilities.
        trained: how many texts it learnt from.
        probabilities: of inputs (texts or vectors), [n, classes].
    """

    name: str
    classes: tuple[str, ...]
    trained: int
    probabilities: Callable[[Any], NDArray[np.float64]]

    def right(self, inputs: Inputs, labels: Sequence[str], among: Sequence[str]) -> Right:
        """How many of these it gets right when only the labels `among` are to be had; the others get probability 0.

        Args:
            inputs: texts or vectors, as many as `labels`.
            labels: the right ones.
            among: at least one label that the probe knows.
        """
        columns = [place for place, name in enumerate(self.classes) if name in set(among)]
        chosen = self.probabilities(inputs)[:, columns].argmax(axis=1)
        hits = sum(self.classes[columns[at]] == label for at, label in zip(chosen, labels, strict=True))
        return Right(hits, len(labels))


def words_probe(texts: Sequence[str], labels: Sequence[str]) -> Probe:
    """Logistic regression over TF-IDF of words and pairs of words (sublinear counts)."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        LogisticRegression(C=10.0, max_iter=1000),
    ).fit(list(texts), list(labels))
    return Probe(
        "tfidf", tuple(map(str, model.classes_)), len(texts), lambda asked: model.predict_proba(list(asked))
    )


def vectors_probe(vectors: Vectors, labels: Sequence[str]) -> Probe:
    """Logistic regression over the vectors of a sentence encoder, [n, d]."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=10.0, max_iter=1000).fit(vectors, list(labels))
    return Probe("encoder", tuple(map(str, model.classes_)), len(vectors), model.predict_proba)
