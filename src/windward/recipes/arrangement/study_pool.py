"""What a study may train on: rows without those that are tested, nor their like; and their vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from windward.arrangement import embed
from windward.arrangement.blocks import spans, unit
from windward.evals.dynamics import TestRow
from windward.evals.side_by_side import side_by_side
from windward.rows.contamination import EvaluationIndex, EvaluationItem

Vectors = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Clean:
    """Which rows of a pool may be trained on.

    Attributes:
        kept: their places, int64, rising.
        shared: how many were left out because they share n-grams with a tested row.
        near: how many more because their vector is too near to that of one.
    """

    kept: NDArray[np.int64]
    shared: int
    near: int

    def told(self, limit: float) -> str:
        """What a report says of it."""
        return (
            f"{self.shared:,} rows of the pool that hold half of a tested row's 8-grams were left out, and {self.near:,} more with a "
            f"cosine of {limit:g} or more to one; {len(self.kept):,} stay."
        )


def without_tested(
    pool: Sequence[TestRow], tests: Sequence[TestRow], vectors: Vectors, tested: Vectors, limit: float
) -> Clean:
    """Leaves out pool rows that are a tested row or too like one.

    Args:
        pool: rows to choose from.
        tests: rows that are tested.
        vectors: of the pool, [N, d].
        tested: of the tested rows, [M, d].
        limit: cosine from which on a row is too near.
    """
    index = EvaluationIndex(
        EvaluationItem("tested", str(number), row.text) for number, row in enumerate(tests)
    )
    shares = np.array([bool(index.hits(row.text)) for row in pool])
    aims = unit(np.asarray(tested, dtype=np.float64), 0, "tested row")
    nearest = np.empty(len(pool))
    for begin, end in spans(len(pool), max(aims.shape)):
        block = unit(np.asarray(vectors[begin:end], dtype=np.float64), begin, "row")
        nearest[begin:end] = (block @ aims.T).max(axis=1)
    near = (nearest >= limit) & ~shares
    return Clean(np.flatnonzero(~(shares | near)), int(shares.sum()), int(near.sum()))


def vectors_of(rows: Sequence[TestRow], encoder: str, cache: Path, tell: Callable[[str], None]) -> Vectors:
    """Embeddings of prompt and answer, float32 [n, d].

    They are made in a process of their own: one that has computed with torch cannot be forked safely.
    """
    texts = [f"{row.text}\n\n{row.answer}" for row in rows]
    tell(f"embedding {len(texts):,} texts with {encoder}")
    side_by_side(lambda part: _embed(part, encoder, cache), [texts], 1)
    return embed(texts, encoder, cache)


def _embed(texts: list[str], encoder: str, cache: Path) -> None:
    embed(texts, encoder, cache)
