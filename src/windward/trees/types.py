"""Preference trees, and their one-line-a-tree file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from windward.agents import Turn
from windward.rows import Problem


@dataclass(frozen=True)
class Node:
    """One sampled action.

    Attributes:
        id: unique within its tree, `turn.sample`.
        parent: the incorrect action that was expanded to get here; None in the first turn.
        turn: from 1.
        sample: which draw of the turn.
        kept: whether the tree uses it: the correct or the incorrect action of its turn.
        result: what the action did.
    """

    id: str
    parent: str | None
    turn: int
    sample: int
    kept: bool
    result: Turn

    def as_dict(self) -> dict[str, Any]:
        """The node as plain JSON types, the fields of `result` beside its own."""
        fields = {"id": self.id, "parent": self.parent, "turn": self.turn, "sample": self.sample}
        return fields | self.result.as_dict() | {"kept": self.kept}


@dataclass(frozen=True)
class Tree:
    """The actions that a model tried on one problem.

    Attributes:
        id: the problem's id and the seed.
        problem: what was asked.
        model: name of the actor.
        seed: seed of the draws and of the choice among equals.
        nodes: turn by turn; parents come before children.
    """

    id: str
    problem: Problem
    model: str
    seed: int
    nodes: tuple[Node, ...]

    def node(self, node_id: str) -> Node:
        """The node of that id."""
        return next(node for node in self.nodes if node.id == node_id)

    def path(self, node: Node) -> list[Node]:
        """The incorrect actions that led to `node`, first to last; `node` is not among them."""
        steps: list[Node] = []
        parent = node.parent
        while parent is not None:
            above = self.node(parent)
            steps.insert(0, above)
            parent = above.parent
        return steps

    def as_dict(self) -> dict[str, Any]:
        """The tree as plain JSON types."""
        return asdict(self) | {"nodes": [node.as_dict() for node in self.nodes]}


def tree_from_dict(row: dict[str, Any]) -> Tree:
    """A tree from its JSON object.

    Raises:
        KeyError: a field is missing.
        TypeError: a field does not belong there.
    """
    nodes = tuple(_node(dict(fields)) for fields in row["nodes"])
    return Tree(row["id"], Problem(**row["problem"]), row["model"], row["seed"], nodes)


def write_trees(path: str | Path, trees: Iterable[Tree]) -> None:
    """Writes one tree a line, whole or not at all."""
    target = Path(path)
    temporary = target.with_suffix(target.suffix + ".part")
    with temporary.open("w", encoding="utf-8", errors="surrogatepass") as file:
        for tree in trees:
            file.write(json.dumps(tree.as_dict()) + "\n")
    temporary.replace(target)


def read_trees(path: str | Path) -> list[Tree]:
    """Reads the file back.

    Raises:
        ValueError: a line is not a tree; the message names the line.
    """
    trees: list[Tree] = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            trees.append(tree_from_dict(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{path}, line {number}: not a tree ({type(error).__name__}: {error})"
            ) from error
    return trees


def _node(fields: dict[str, Any]) -> Node:
    own = {name: fields.pop(name) for name in ("id", "parent", "turn", "sample", "kept")}
    return Node(**own, result=Turn(**fields))
