"""Preference trees, and their one-line-a-tree file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from windward.agents import Turn, exchange, question
from windward.models import Message
from windward.rows import Problem

Way = Literal["", "stronger", "given_reference", "opponent", "recorded"]
"""How an action came about: drawn from the actor (empty), from a stronger model, from one that was given the reference,
from the model of the incorrect actions, or read from a recording."""

_OPTIONAL = ("model", "way", "schema", "partner", "in_history", "told")


@dataclass(frozen=True)
class Node:
    """One action.

    Attributes:
        id: unique within its tree, `turn.sample`.
        parent: the action that was gone on from to get here; None in the first turn.
        turn: from 1.
        sample: which action of the turn.
        kept: whether the tree uses it: the correct or the incorrect action of its turn.
        result: what the action did.
        model: who wrote it; empty for the tree's own model.
        way: how it came about.
        schema: the schema it was asked in, `cot` or `modular`; empty where none was.
        partner: of a correct action, the incorrect one that it is paired with; None leaves that to `kept`.
        in_history: what deeper turns see of the action; empty where they see all of it.
        told: what deeper turns are told after it; empty for the environment's usual words.
    """

    id: str
    parent: str | None
    turn: int
    sample: int
    kept: bool
    result: Turn
    model: str = ""
    way: Way = ""
    schema: str = ""
    partner: str | None = None
    in_history: str = ""
    told: str = ""

    @property
    def incorrect(self) -> bool:
        """Whether it was judged and found wrong. An action that ran and handed nothing in is neither."""
        return not self.result.correct and self.result.error_kind is not None

    def as_dict(self) -> dict[str, Any]:
        """The node as plain JSON types, the fields of `result` beside its own; what is not set is left out."""
        fields = {"id": self.id, "parent": self.parent, "turn": self.turn, "sample": self.sample}
        extra = {name: value for name in _OPTIONAL if (value := getattr(self, name))}
        return fields | self.result.as_dict() | {"kept": self.kept} | extra


@dataclass(frozen=True)
class Tree:
    """The actions that were tried on one problem.

    Attributes:
        id: unique among trees.
        problem: what was asked.
        model: name of the actor; of a tree of many models, what they have in common.
        seed: seed of the draws and of the choice among equals.
        nodes: turn by turn; parents come before children.
        opening: what the actions answer; empty for the problem in its usual wording.
        never_score: benchmarks on which a model trained on this tree must not be scored.
    """

    id: str
    problem: Problem
    model: str
    seed: int
    nodes: tuple[Node, ...]
    opening: tuple[Message, ...] = ()
    never_score: tuple[str, ...] = ()

    def node(self, node_id: str) -> Node:
        """The node of that id."""
        return next(node for node in self.nodes if node.id == node_id)

    def path(self, node: Node) -> list[Node]:
        """The actions that led to `node`, first to last; `node` is not among them."""
        steps: list[Node] = []
        parent = node.parent
        while parent is not None:
            above = self.node(parent)
            steps.insert(0, above)
            parent = above.parent
        return steps

    def asked(self) -> list[Message]:
        """The instruction alone, as messages."""
        return list(self.opening) or [question(self.problem)]

    def history(self, node: Node) -> list[Message]:
        """What the action of `node` answers: the instruction, then each action before it and what was told of it."""
        messages = self.asked()
        for above in self.path(node):
            messages += said_and_told(self.problem, above)
        return messages

    def actor(self, node: Node) -> str:
        """Name of the model that wrote a node."""
        return node.model or self.model

    def pairs(self) -> Iterator[tuple[Node, Node]]:
        """(correct, incorrect) actions that are preferences: partners, or all that one turn kept of the two."""
        kept = [node for node in self.nodes if node.kept]
        for chosen in (node for node in kept if node.result.correct):
            if chosen.partner is not None:
                yield chosen, self.node(chosen.partner)
                continue
            for rejected in kept:
                if rejected.parent == chosen.parent and rejected.turn == chosen.turn and rejected.incorrect:
                    yield chosen, rejected

    def as_dict(self) -> dict[str, Any]:
        """The tree as plain JSON types; an opening and a stamp that are not there are left out."""
        told: dict[str, Any] = {
            "id": self.id,
            "problem": asdict(self.problem),
            "model": self.model,
            "seed": self.seed,
        }
        if self.opening:
            told["opening"] = [dict(message) for message in self.opening]
        if self.never_score:
            told["never_score"] = list(self.never_score)
        return told | {"nodes": [node.as_dict() for node in self.nodes]}


def said_and_told(problem: Problem, node: Node) -> Sequence[Message]:
    """An action as it stands in a history, and what the model is told of it."""
    if not node.in_history and not node.told:
        return exchange(problem, node.result)
    said, told = exchange(problem, node.result)
    return (
        {"role": "assistant", "content": node.in_history or said["content"]},
        {"role": "user", "content": node.told or told["content"]},
    )


def tree_from_dict(row: dict[str, Any]) -> Tree:
    """A tree from its JSON object.

    Raises:
        KeyError: a field is missing.
        TypeError: a field does not belong there.
    """
    nodes = tuple(_node(dict(fields)) for fields in row["nodes"])
    return Tree(
        row["id"],
        Problem(**row["problem"]),
        row["model"],
        row["seed"],
        nodes,
        opening=tuple(row.get("opening", ())),
        never_score=tuple(row.get("never_score", ())),
    )


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
    names = ("id", "parent", "turn", "sample", "kept")
    own = {name: fields.pop(name) for name in names}
    extra = {name: fields.pop(name) for name in _OPTIONAL if name in fields}
    return Node(**own, **extra, result=Turn(**fields))
