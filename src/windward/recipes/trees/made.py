"""What every folder of trees holds: the trees, the rows made of them, and how many of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from windward.rows import PairRow, Result, SftRow, write_pairs, write_sft
from windward.trees import AugmentConfig, Tree, augmented_pairs, trees_to_pairs, trees_to_sft, write_trees

TREES, SFT, PAIRS, AUGMENTED = "trees.jsonl", "sft.parquet", "pairs.parquet", "augmented.parquet"


def write_made(
    out: Path, trees: Sequence[Tree], *, model: str, seed: int, tell: Callable[[str], None]
) -> list[Result]:
    """Writes trees and rows, and counts the rows by family and turn.

    Args:
        out: the folder.
        trees: what is left after evaluation sets were compared with.
        model: whom the counts name.
        seed: of the augmented pairs' draw.
        tell: shows a line of progress.
    """
    sft, pairs = trees_to_sft(trees), trees_to_pairs(trees)
    more = augmented_pairs(trees, AugmentConfig(seed=seed))
    write_trees(out / TREES, trees)
    write_sft(out / SFT, sft)
    write_pairs(out / PAIRS, pairs)
    write_pairs(out / AUGMENTED, more)
    tell(f"{len(pairs):,} pairs, {len(sft):,} rows for SFT, {len(more):,} augmented pairs")
    made: tuple[tuple[str, Sequence[SftRow] | Sequence[PairRow]], ...] = (
        ("sft_rows", sft), ("pairs", pairs), ("augmented_pairs", more),
    )  # fmt: skip
    return [
        Result("trees", model, family, "train", metric, float(value), len(rows), {"turn": turn})
        for metric, rows in made
        for (family, turn), value in sorted(Counter((row.family, row.turn) for row in rows).items())
    ]
