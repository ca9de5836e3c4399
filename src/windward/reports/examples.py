"""Which problems are shown before and after: drawn by a stated rule and a seed, never picked by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from windward.reports.run_records import Evaluation, Tree
from windward.rows import Result, select

Outcome = Literal["fixed", "still wrong", "newly broken", "right both times"]
OUTCOMES: tuple[Outcome, ...] = ("fixed", "newly broken", "still wrong", "right both times")


@dataclass(frozen=True)
class Pair:
    """One problem tried at two stages."""

    before: Evaluation
    after: Evaluation

    @property
    def outcome(self) -> Outcome:
        """What training did to this problem."""
        was, is_now = self.before.solved_at is not None, self.after.solved_at is not None
        if is_now:
            return "right both times" if was else "fixed"
        return "newly broken" if was else "still wrong"


def pairs(evaluations: Sequence[Evaluation], first: str, last: str, splits: Sequence[str]) -> list[Pair]:
    """The problems of these splits tried at both stages, by split and id."""
    earlier = {(one.split, one.problem.id): one for one in evaluations if one.stage == first}
    later = {(one.split, one.problem.id): one for one in evaluations if one.stage == last}
    both = sorted(key for key in earlier.keys() & later.keys() if key[0] in splits)
    return [Pair(earlier[key], later[key]) for key in both]


def draw(pairs: Sequence[Pair], outcome: Outcome, seed: int, count: int) -> list[Pair]:
    """`count` pairs of one outcome, drawn without looking at them: the same seed draws the same pairs."""
    fitting = [pair for pair in pairs if pair.outcome == outcome]
    return random.Random(f"{seed}/{outcome}").sample(fitting, min(count, len(fitting)))


def disagreements(evaluations: Sequence[Evaluation], results: Sequence[Result]) -> list[str]:
    """Where the records do not give the success rate that the result table holds; empty when they agree."""
    told = []
    for stage, split in sorted({(one.stage, one.split) for one in evaluations}):
        tried = [one for one in evaluations if (one.stage, one.split) == (stage, split)]
        for row in select(results, metric="success_rate", split=split, condition={"stage": stage}):
            turn = row.condition.get("turn")
            solved = sum(one.solved_at is not None and one.solved_at <= turn for one in tried) if turn else 0
            if turn and (len(tried) != row.n or abs(solved / len(tried) - row.value) > 1e-6):
                told.append(
                    f"{split}, {stage}, turn {turn}: the records say {solved} of {len(tried)}, the result table "
                    f"{row.value:.4f} of {row.n}"
                )
    return told


def chosen_and_rejected(tree: Tree) -> dict[str, str]:
    """Node id to `chosen` or `rejected`: kept siblings of which one is correct and one is not."""
    marks: dict[str, str] = {}
    for parent in {node.parent for node in tree.nodes}:
        kept = [node for node in tree.nodes if node.parent == parent and node.kept]
        if len({node.attempt.correct for node in kept}) == 2:
            marks |= {node.id: "chosen" if node.attempt.correct else "rejected" for node in kept}
    return marks


def draw_trees(trees: Sequence[Tree], seed: int, count: int = 3) -> list[Tree]:
    """Trees of different shapes: solved after a wrong turn, paired in the first turn, never solved; then others, with a pair first.

    Within a shape the seed decides.
    """
    shuffled = sorted(trees, key=lambda tree: tree.id)
    random.Random(f"{seed}/trees").shuffle(shuffled)
    drawn: list[Tree] = []
    for fits in (_recovered, _paired_at_once, _never_solved):
        drawn += [tree for tree in shuffled if fits(tree) and tree not in drawn][:1]
    rest = [tree for tree in shuffled if tree not in drawn]
    return [*drawn, *sorted(rest, key=lambda tree: not chosen_and_rejected(tree))][:count]


def _solved_turn(tree: Tree) -> int | None:
    return min((node.turn for node in tree.nodes if node.attempt.correct), default=None)


def _recovered(tree: Tree) -> bool:
    return (_solved_turn(tree) or 0) > 1


def _paired_at_once(tree: Tree) -> bool:
    marks = chosen_and_rejected(tree)
    return any(node.turn == 1 and node.id in marks for node in tree.nodes)


def _never_solved(tree: Tree) -> bool:
    return bool(tree.nodes) and _solved_turn(tree) is None
