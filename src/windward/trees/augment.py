"""More pairs for a reward model: correct actions against incorrect ones of other turns (Eurus, arXiv 2404.02078, §2 and §3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from windward.rows import PairRow
from windward.trees.extract import pair_row, stands_alone
from windward.trees.types import Node, Tree


@dataclass(frozen=True)
class AugmentConfig:
    """The rule of augmentation; the figures are the paper's (spec §1.2).

    Attributes:
        max_cells: trees of N pairs are augmented only if N × N is at most this, so that long trees do not weigh more.
        max_pairs: new pairs of a tree at most.
        max_uses: new pairs that one action stands in at most.
        seed: of the draw.
    """

    max_cells: int = 10
    max_pairs: int = 9
    max_uses: int = 3
    seed: int = 0


def augmented_pairs(trees: Iterable[Tree], config: AugmentConfig | None = None) -> list[PairRow]:
    """Pairs under the instruction alone: a correct action of one turn, an incorrect one of another.

    Both must be whole without their histories, and stem from different models where the two of every pair do.
    """
    config = config or AugmentConfig()
    return [
        pair_row(tree, tree.asked(), chosen, rejected, provenance="augmented")
        for tree in trees
        for chosen, rejected in augmented(tree, config)
    ]


def augmented(tree: Tree, config: AugmentConfig) -> list[tuple[Node, Node]]:
    """The new pairs of one tree, drawn by the seed; in the order of its nodes."""
    pairs = list(tree.pairs())
    rights, wrongs = _distinct(right for right, _ in pairs), _distinct(wrong for _, wrong in pairs)
    if len(pairs) ** 2 > config.max_cells:
        return []
    apart = all(tree.actor(right) != tree.actor(wrong) for right, wrong in pairs)
    cells = [
        (right, wrong)
        for right in rights
        for wrong in wrongs
        if right.turn != wrong.turn
        and stands_alone(tree, right)
        and stands_alone(tree, wrong)
        and not (apart and tree.actor(right) == tree.actor(wrong))
    ]
    drawn = list(cells)
    Random(f"{config.seed}:{tree.id}:augment").shuffle(drawn)
    uses: Counter[str] = Counter()
    kept: set[tuple[str, str]] = set()
    for right, wrong in drawn:
        if len(kept) < config.max_pairs and max(uses[right.id], uses[wrong.id]) < config.max_uses:
            kept.add((right.id, wrong.id))
            uses.update((right.id, wrong.id))
    return [(right, wrong) for right, wrong in cells if (right.id, wrong.id) in kept]


def _distinct(nodes: Iterable[Node]) -> list[Node]:
    return list({node.id: node for node in nodes}.values())
