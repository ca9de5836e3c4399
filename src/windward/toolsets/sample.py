"""Which problems tools are made from: each epoch takes those that the chosen ones resemble least (CRAFT, section 2.1, min–max).

    epoch 0     `initial` problems at random
    epoch e     the k remaining ones with the smallest max over chosen j of cos(i, j); the chosen set is frozen meanwhile

The paper takes 500 problems of MATH and of TabMWP as 200 + 3 × 100.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from windward.toolsets.similarity import id_ranks, largest_cosines, products, rounding, unit


@dataclass(frozen=True)
class Sampled:
    """One row of a plan.

    Attributes:
        epoch: 0 for the random start.
        id: of the problem.
        similarity: its largest cosine to what earlier epochs chose; None in epoch 0.
    """

    epoch: int
    id: str
    similarity: float | None


def sample(
    ids: Sequence[str],
    vectors: ArrayLike,
    *,
    initial: int = 200,
    each: int = 100,
    epochs: int = 3,
    seed: int = 0,
) -> list[Sampled]:
    """The plan: problems in the order in which they are chosen.

    Vectors are compared once: an epoch multiplies what is left only with what the epoch before it chose. Cosines decide in
    float64; ties go to the smaller id, so that the plan does not depend on the order of the rows.

    Args:
        ids: of the problems, unique.
        vectors: of the problems, [n, d], of any length (`SentenceEncoder.encode` of their texts).
        initial: problems of epoch 0.
        each: problems of every later epoch.
        epochs: later epochs.
        seed: of epoch 0.

    Raises:
        ValueError: there are too few problems, an id comes twice, or the vectors do not fit.
    """
    matrix, ranks = unit(vectors), id_ranks(ids)
    if len(ids) != len(matrix):
        raise ValueError(f"{len(ids)} ids but {len(matrix)} vectors; give one vector for each problem")
    if initial < 1 or each < 1 or epochs < 0:
        raise ValueError(
            f"initial={initial}, each={each}, epochs={epochs}: the start and an epoch need a problem at least"
        )
    if (wanted := initial + each * epochs) > len(ids):
        raise ValueError(
            f"{wanted} problems are wanted ({initial} + {epochs} × {each}), there are {len(ids)}; ask for fewer"
        )
    in_order = [int(place) for place in np.argsort(ranks)]
    chosen = random.Random(seed).sample(in_order, initial)
    plan = [Sampled(0, ids[place], None) for place in chosen]
    left = np.array(sorted(set(in_order).difference(chosen)), dtype=np.intp)
    largest = largest_cosines(matrix[left], matrix[chosen])
    for epoch in range(1, epochs + 1):
        taken = _least_similar(matrix, left, chosen, largest, each, ranks)
        plan += [Sampled(epoch, ids[place], similarity) for place, similarity in taken]
        new = [place for place, _ in taken]
        kept = ~np.isin(left, new)
        left, largest = left[kept], largest[kept]
        np.maximum(largest, largest_cosines(matrix[left], matrix[new]), out=largest)
        chosen += new
    return plan


def _least_similar(
    matrix: NDArray[np.float32],
    left: NDArray[np.intp],
    chosen: Sequence[int],
    largest: NDArray[np.float32],
    k: int,
    ranks: NDArray[np.intp],
) -> list[tuple[int, float]]:
    """Place and largest cosine of the k problems whose largest cosine is smallest: screened in float32, decided in float64."""
    ceiling = np.partition(largest, k - 1)[k - 1] + 2 * rounding(matrix.shape[1])
    places = left[largest <= ceiling]
    frozen = matrix[list(chosen)]
    exact = np.array([products(frozen, matrix[place]).max() for place in places])
    best = np.lexsort((ranks[places], exact))[:k]
    return [(int(places[at]), float(exact[at])) for at in best]
