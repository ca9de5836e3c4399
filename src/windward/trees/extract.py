"""From trees to training rows: correct leaves for SFT, pairs with their shared history for preference learning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from windward.agents import exchange, question
from windward.models import Message
from windward.rows import PairRow, SftRow
from windward.trees.types import Node, Tree


def trees_to_sft(trees: Iterable[Tree], *, per_tree: int | None = None) -> list[SftRow]:
    """Correct leaves, with the history dropped (better than whole trajectories; Eurus §3).

    Every correct action is a leaf, as it closes its branch; those with the same text count once.

    Args:
        trees: what was grown.
        per_tree: leaves of one tree at most, the earliest turn first; None takes all.
    """
    rows: list[SftRow] = []
    for tree in trees:
        leaves = list(_distinct(node for node in tree.nodes if node.result.correct))
        rows += [
            SftRow(
                messages=_plain([question(tree.problem)]) + _said(leaf),
                node_id=leaf.id,
                **_provenance(tree, leaf),
            )
            for leaf in leaves[:per_tree]
        ]
    return rows


def trees_to_pairs(trees: Iterable[Tree]) -> list[PairRow]:
    """At each turn that kept both: the shared history, the correct action, the incorrect one (Eurus §2.2)."""
    rows: list[PairRow] = []
    for tree in trees:
        kept = [node for node in tree.nodes if node.kept]
        for chosen in (node for node in kept if node.result.correct):
            for rejected in (node for node in kept if node.turn == chosen.turn and not node.result.correct):
                rows.append(
                    PairRow(
                        prompt=_plain(_history(tree, chosen)),
                        chosen=_said(chosen),
                        rejected=_said(rejected),
                        chosen_node_id=chosen.id,
                        rejected_node_id=rejected.id,
                        **_provenance(tree, chosen),
                    )
                )
    return rows


def _history(tree: Tree, node: Node) -> list[Message]:
    messages = [question(tree.problem)]
    for above in tree.path(node):
        messages += exchange(tree.problem, above.result)
    return messages


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
        "model": tree.model,
        "family": tree.problem.family,
        "kind": tree.problem.kind,
        "seed": tree.seed,
        "turn": node.turn,
    }
