"""Reads what `windward trees` left in its folder, and draws the trees that are shown."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from windward.reports.run_folder import ReportError, lines_in, need, object_in, results_in
from windward.reports.run_records import Attempt
from windward.rows import Result

SHOWN = 5
"""Trees to walk on a page."""
_FILES = ("trees.jsonl", "sft.parquet", "pairs.parquet", "augmented.parquet", "results.parquet")


@dataclass(frozen=True)
class TreeNode:
    """One action of a tree, as the page shows it.

    Attributes:
        id: unique in its tree.
        parent: the action before it; None hangs it on the problem.
        turn: from 1.
        kept: whether the tree uses it.
        attempt: what it was and what came of it.
        model: who wrote it.
        way: how it came about; empty for a plain draw of the actor.
        schema: the schema it was asked in; empty for none.
        partner: the incorrect action that it is paired with; None where there is none, or `kept` decides.
        told: what deeper turns were told after it, where that is written down.
    """

    id: str
    parent: str | None
    turn: int
    kept: bool
    attempt: Attempt
    model: str
    way: str
    schema: str
    partner: str | None
    told: str

    @property
    def incorrect(self) -> bool:
        """Whether it was judged and found wrong."""
        return not self.attempt.correct and self.attempt.error_kind is not None


@dataclass(frozen=True)
class ShownTree:
    """A tree, as the page shows it."""

    id: str
    prompt: str
    reference: str
    family: str
    kind: str
    nodes: tuple[TreeNode, ...]

    def pairs(self) -> list[tuple[TreeNode, TreeNode]]:
        """(chosen, rejected), as the rows have them."""
        by_id = {node.id: node for node in self.nodes}
        kept = [node for node in self.nodes if node.kept]
        pairs = []
        for chosen in (node for node in kept if node.attempt.correct):
            if chosen.partner is not None:
                pairs.append((chosen, by_id[chosen.partner]))
            else:
                pairs += [
                    (chosen, one) for one in kept if one.incorrect and (one.parent, one.turn) == (chosen.parent, chosen.turn)
                ]  # fmt: skip
        return pairs


@dataclass(frozen=True)
class TreesFolder:
    """What the page draws from.

    Attributes:
        trees: all of them.
        results: the result table; empty where there is none.
        mining: `mining.json`; empty where the trees were grown.
        record: `run.json`.
        rows: name of each file of rows to how many it holds.
        files: names of the files that are there.
    """

    trees: tuple[ShownTree, ...]
    results: tuple[Result, ...]
    mining: Mapping[str, Any]
    record: Mapping[str, Any]
    rows: Mapping[str, int]
    files: tuple[str, ...]

    @property
    def seed(self) -> int:
        """Draws the trees that are shown."""
        seed = self.record.get("seed")
        return seed if isinstance(seed, int) else 0


def read_trees_folder(folder: Path) -> TreesFolder:
    """Reads the folder.

    Raises:
        ReportError: there are no trees, or a file is malformed; says which.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not (folder / "trees.jsonl").is_file():
        raise ReportError(f"{folder / 'trees.jsonl'} is not there: give the --out of windward trees")
    rows = {}
    for name in _FILES[1:4]:
        if (folder / name).is_file():
            try:
                rows[name] = pq.ParquetFile(folder / name).metadata.num_rows
            except (pa.ArrowException, OSError) as error:
                raise ReportError(f"{folder / name} cannot be read as Parquet: {error}") from error
    return TreesFolder(
        trees=tuple(lines_in(folder / "trees.jsonl", _tree)),
        results=results_in(folder / "results.parquet"),
        mining=object_in(folder / "mining.json"),
        record=object_in(folder / "run.json"),
        rows=rows,
        files=tuple(name for name in _FILES if (folder / name).is_file()),
    )


def drawn(trees: tuple[ShownTree, ...], seed: int) -> list[ShownTree]:
    """Trees to walk: the pair at the latest turn, pairs at several turns, a correct action without a partner, then others.

    Within a shape the seed decides.
    """
    shuffled = sorted(trees, key=lambda tree: tree.id)
    random.Random(f"{seed}/trees").shuffle(shuffled)
    turns = {tree.id: {chosen.turn for chosen, _ in tree.pairs()} for tree in shuffled}
    picked: list[ShownTree] = []
    for order in (lambda tree: -max(turns[tree.id], default=0), lambda tree: -len(turns[tree.id]), lambda tree: len(turns[tree.id])):  # fmt: skip
        picked += [tree for tree in sorted(shuffled, key=order) if tree not in picked][:1]
    rest = [tree for tree in shuffled if tree not in picked]
    return [*picked, *sorted(rest, key=lambda tree: not turns[tree.id])][:SHOWN]


def _tree(row: object, where: str) -> ShownTree:
    problem, model = need(row, "problem", dict, where), need(row, "model", str, where)
    nodes: list[TreeNode] = []
    known: set[str] = set()
    for place, one in enumerate(need(row, "nodes", list, where), start=1):
        node = _node(one, model, f"{where}, node {place}")
        if node.id in known or (node.parent is not None and node.parent not in known):
            raise ReportError(f"{where}: node {node.id!r} stands twice, or before its parent {node.parent!r}")
        known.add(node.id)
        nodes.append(node)
    lost = [node.id for node in nodes if node.partner is not None and node.partner not in known]
    if lost:
        raise ReportError(f"{where}: the partner of node {lost[0]!r} is not in the tree")
    text = {name: str(problem.get(name) or "") for name in ("reference", "family", "kind")}
    return ShownTree(
        id=need(row, "id", str, where),
        prompt=need(problem, "prompt", str, f"{where}, problem"),
        nodes=tuple(nodes),
        **text,
    )


def _node(row: object, model: str, where: str) -> TreeNode:
    action, correct = need(row, "action", str, where), need(row, "correct", bool, where)
    assert isinstance(row, dict)
    text = {name: str(row.get(name) or "") for name in ("observation", "rule")}
    maybe = {
        name: None if row.get(name) is None else str(row[name]) for name in ("code", "answer", "error_kind")
    }
    tokens = row.get("completion_tokens")
    partner = row.get("partner")
    return TreeNode(
        id=need(row, "id", str, where),
        parent=need(row, "parent", (str, type(None)), where),
        turn=need(row, "turn", int, where),
        kept=bool(row.get("kept")),
        attempt=Attempt(
            action, maybe["code"], text["observation"], maybe["answer"], correct, text["rule"], maybe["error_kind"],
            tokens if isinstance(tokens, int) and tokens else None,
        ),
        model=str(row.get("model") or model),
        way=str(row.get("way") or ""),
        schema=str(row.get("schema") or ""),
        partner=None if partner is None else str(partner),
        told=str(row.get("told") or ""),
    )  # fmt: skip
