"""From trees to training rows: correct leaves for SFT, pairs with their shared history for preference learning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from windward.models import Message
from windward.rows import PairRow, SftRow
from windward.trees.types import Node, Tree


def trees_to_sft(trees: Iterable[Tree], *, per_tree: int | None = None) -> list[SftRow]:
    """Correct leaves, with the history dropped (better than whole trajectories; Eurus §3).

    Every correct action is a leaf, as it closes its branch; those with the same text count once. One that leans on what
    ran before it is none: without its history it would be an answer from nowhere.

    Args:
        trees: what was grown or mined.
        per_tree: leaves of one tree at most, the earliest turn first; None takes all.
    """
    rows: list[SftRow] = []
    for tree in trees:
        leaves = list(
            _distinct(leaf for leaf in tree.nodes if leaf.result.correct and stands_alone(tree, leaf))
        )
        rows += [
            SftRow(
                messages=_plain(tree.asked()) + _said(leaf),
                node_id=leaf.id,
                **_provenance(tree, leaf),
            )
            for leaf in leaves[:per_tree]
        ]
    return rows


def stands_alone(tree: Tree, node: Node) -> bool:
    """Whether an action is whole without its history: what came before it was judged, and begun anew after that."""
    return node.parent is None or tree.node(node.parent).incorrect


def trees_to_pairs(trees: Iterable[Tree]) -> list[PairRow]:
    """At each turn that kept both: the shared history, the correct action, the incorrect one (Eurus §2.2)."""
    return [
        pair_row(tree, tree.history(chosen), chosen, rejected)
        for tree in trees
        for chosen, rejected in tree.pairs()
    ]


def pair_row(tree: Tree, prompt: Iterable[Message], chosen: Node, rejected: Node, **changes: Any) -> PairRow:
    """Two actions of a tree as a preference after `prompt`."""
    return PairRow(
        prompt=_plain(prompt),
        chosen=_said(chosen),
        rejected=_said(rejected),
        chosen_node_id=chosen.id,
        rejected_node_id=rejected.id,
        rejected_model=tree.actor(rejected),
        **_provenance(tree, chosen),
        **changes,
    )


def _distinct(nodes: Iterable[Node]) -> Iterator[Node]:
    seen: set[str] = set()
    for node in nodes:
        if node.result.action not in seen:
            seen.add(node.result.action)
            yield node


def _said(node: Node) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": node.result.action}]


def _plain(messages: Iterable[Message]) -> list[dict[str, str]]:
    return [{"role": message["role"], "content": message["content"]} for message in messages]


def _provenance(tree: Tree, node: Node) -> dict[str, Any]:
    return {
        "tree_id": tree.id,
        "model": tree.actor(node),
        "family": tree.problem.family,
        "kind": tree.problem.kind,
        "seed": tree.seed,
        "turn": node.turn,
        "never_score": list(tree.never_score),
    }
