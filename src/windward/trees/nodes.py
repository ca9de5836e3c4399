"""Writes a merged tree's kept actions, and those that lead to them, as nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from windward.agents import Turn
from windward.trees.merge import Action, Branch, Place
from windward.trees.records import told
from windward.trees.types import Node

_STATUS = {"exception": "error", "timeout": "timeout"}


@dataclass(frozen=True)
class Kept:
    """A correct action that a tree uses.

    Attributes:
        action: the action.
        partner: the incorrect one that it is paired with; None for a leaf without.
    """

    action: Action
    partner: Action | None = None


KeptAt = Mapping[int, Sequence[Kept]]
"""What is kept at a place, by the `id` of the place."""


def nodes_of(root: Place, kept: KeptAt) -> tuple[Node, ...]:
    """The nodes, turn by turn; parents come before children."""
    writer = _Writer(kept)
    writer.write(root, None, 1)
    return tuple(sorted(writer.nodes, key=lambda node: (node.turn, node.sample)))


@dataclass
class _Writer:
    kept: KeptAt
    nodes: list[Node] = field(default_factory=list)
    numbers: Counter[int] = field(default_factory=Counter)
    names: dict[int, str] = field(default_factory=dict)

    def write(self, place: Place, parent: str | None, turn: int) -> None:
        """Writes what is kept at a place, and below it."""
        here = self.kept.get(id(place), ())
        partners = {id(one.partner) for one in here if one.partner is not None}
        heads: list[tuple[Branch, str]] = []
        for branch in place.branches.values():
            own = [action for action in branch.actions.values() if id(action) in partners]
            if own:
                names = [self._node(action, parent, turn, True) for action in own]
                heads.append((branch, names[0]))
            elif self._leads_on(branch.below):
                heads.append((branch, self._node(next(iter(branch.actions.values())), parent, turn, False)))
        for one in here:
            partner = self.names[id(one.partner)] if one.partner is not None else None
            self._node(one.action, parent, turn, partner is not None, partner)
        for branch, name in heads:
            self.write(branch.below, name, turn + 1)

    def _leads_on(self, place: Place) -> bool:
        return any(self.kept.get(id(below)) for _, below in place.walk())

    def _node(
        self, action: Action, parent: str | None, turn: int, is_kept: bool, partner: str | None = None
    ) -> str:
        sample = self.numbers[turn]
        name = f"{turn}.{sample}"
        self.numbers[turn] += 1
        self.names[id(action)] = name
        step = action.step
        result = Turn(
            action=step.text,
            code=step.content if step.kind == "code" else None,
            observation=step.observation,
            status=_STATUS.get(step.error_kind or "", "ok") if step.kind == "code" else "none",
            answer=step.content if step.kind == "answer" else None,
            correct=step.verdict == "correct",
            rule="recorded",
            error_kind=step.error_kind,
        )
        self.nodes.append(
            Node(
                id=name,
                parent=parent,
                turn=turn,
                sample=sample,
                kept=is_kept,
                result=result,
                model=min(action.models),
                way="recorded",
                partner=partner,
                in_history=step.act,
                told=told(step),
            )
        )
        return name
