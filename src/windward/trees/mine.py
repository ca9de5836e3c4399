"""Mines preference trees from recorded runs: no model is asked (Eurus, arXiv 2404.02078, §2, on recordings).

Runs on one problem are merged by what they did and saw. Where the merged tree holds a correct and an incorrect answer
after the very same history, written by different models, the two are a pair.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from windward.trees.merge import Action, Place
from windward.trees.nodes import Kept, nodes_of
from windward.trees.records import RecordedRun
from windward.trees.types import Tree

MODEL = "recorded models"
"""What a mined tree's models have in common; each node names its own."""


@dataclass(frozen=True)
class MineConfig:
    """What is mined.

    Attributes:
        depth: turns of a tree at most; 5 in the paper.
        pairs_per_turn: pairs of one history at most. The paper keeps one where a turn has one answer, and more of hard
            problems; recordings hold tens of each.
        leaves: correct actions of a tree kept without a partner or with one, at most; they are what SFT learns from.
        seed: of the choice among equals.
    """

    depth: int = 5
    pairs_per_turn: int = 4
    leaves: int = 8
    seed: int = 0


Cell = tuple[str, int]
"""A family of problems, and a turn."""


@dataclass
class MineCounts:
    """What was found, by family and turn.

    Attributes:
        runs: recorded runs, by family.
        problems: problems that were recorded, by family.
        correct: different correct actions.
        incorrect: different incorrect answers that follow a history which some correct action follows too.
        partnerless: correct actions after whose history no other model recorded an incorrect answer.
        over: correct actions that have a possible partner and are in no pair: their partners were taken, or the cap reached.
        leaning: correct actions that are no leaf for SFT, as they rest on code that ran before.
        pairs: pairs.
    """

    runs: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    correct: Counter[Cell] = field(default_factory=Counter)
    incorrect: Counter[Cell] = field(default_factory=Counter)
    partnerless: Counter[Cell] = field(default_factory=Counter)
    over: Counter[Cell] = field(default_factory=Counter)
    leaning: Counter[Cell] = field(default_factory=Counter)
    pairs: Counter[Cell] = field(default_factory=Counter)


@dataclass
class _Found:
    """The runs on one problem."""

    run: RecordedRun
    root: Place = field(default_factory=Place)


def mine(runs: Iterable[RecordedRun], config: MineConfig | None = None) -> tuple[list[Tree], MineCounts]:
    """Trees from recorded runs, one a problem that some run solved; by id.

    Runs are taken one after the other and not kept; what is kept are the different texts. The same runs in the same order
    give the same trees.

    Args:
        runs: in any order.
        config: see `MineConfig`.

    Returns:
        The trees that hold a correct action, and what was found in all.
    """
    config = config or MineConfig()
    counts = MineCounts()
    found: dict[str, _Found] = {}
    for run in runs:
        counts.runs[run.problem.family] += 1
        found.setdefault(run.problem.id, _Found(run)).root.add(run, config.depth)
    trees = []
    for problem_id in sorted(found):
        counts.problems[found[problem_id].run.problem.family] += 1
        tree = _tree(found[problem_id], config, counts)
        if tree.nodes:
            trees.append(tree)
    return trees, counts


def matched(
    correct: Sequence[Action], incorrect: Sequence[Action], limit: int
) -> list[tuple[Action, Action]]:
    """Pairs of different models, each action in one pair at most; models take turns, so that no style prevails.

    Args:
        correct: in order of preference.
        incorrect: likewise.
        limit: pairs at most.
    """
    pairs: list[tuple[Action, Action]] = []
    left = _alternating(incorrect)
    for right in _alternating(correct):
        if len(pairs) == limit:
            break
        wrong = next((one for one in left if not one.models & right.models), None)
        if wrong is not None:
            left.remove(wrong)
            pairs.append((right, wrong))
    return pairs


def _alternating(actions: Sequence[Action]) -> list[Action]:
    """One action of each model, then a second of each, and so on."""
    seen: Counter[str] = Counter()
    rounds = []
    for action in actions:
        model = min(action.models)
        rounds.append(seen[model])
        seen[model] += 1
    return [actions[place] for place in sorted(range(len(actions)), key=rounds.__getitem__)]


def _tree(found: _Found, config: MineConfig, counts: MineCounts) -> Tree:
    run = found.run
    chooser = _Chooser(run.problem.id, run.problem.family, config, counts)
    chooser.choose(found.root, 1)
    nodes = nodes_of(found.root, chooser.with_spare())
    return Tree(run.problem.id, run.problem, MODEL, config.seed, nodes, run.opening, run.never_score)


@dataclass
class _Chooser:
    """Chooses what one tree keeps, and counts."""

    name: str
    family: str
    config: MineConfig
    counts: MineCounts
    kept: dict[int, list[Kept]] = field(default_factory=dict)
    spare: list[tuple[int, Action]] = field(default_factory=list)

    def choose(self, place: Place, turn: int, where: str = "", alone: bool = True) -> None:
        """Pairs what can be paired at a place and below it; `alone`: what stands here needs no history."""
        correct, incorrect = place.correct(), place.incorrect()
        if correct:
            choice = Random(f"{self.config.seed}:{self.name}:{where}")
            choice.shuffle(correct)
            choice.shuffle(incorrect)
            # An incorrect action that was gone on from joins the turns of a tree; any other is a leaf of it.
            incorrect.sort(key=lambda one: not one[0].below.branches)
            rights, wrongs = [one for _, one in correct], [one for _, one in incorrect]
            pairs = matched(rights, wrongs, self.config.pairs_per_turn)
            used = {id(right) for right, _ in pairs}
            self._count(turn, alone, rights, wrongs, used)
            self.kept[id(place)] = [Kept(right, wrong) for right, wrong in pairs]
            if alone:
                self.spare += [(id(place), right) for right in _alternating(rights) if id(right) not in used]
        for number, branch in enumerate(place.branches.values()):
            judged = next(iter(branch.actions.values())).step.verdict
            self.choose(branch.below, turn + 1, f"{where}/{number}", judged == "incorrect")

    def with_spare(self) -> dict[int, list[Kept]]:
        """What is kept, with correct actions without a partner up to the cap on leaves."""
        kept = {place: list(ones) for place, ones in self.kept.items()}
        room = self.config.leaves - sum(map(len, kept.values()))
        for place, action in self.spare[: max(0, room)]:
            kept.setdefault(place, []).append(Kept(action))
        return kept

    def _count(
        self, turn: int, alone: bool, rights: Sequence[Action], wrongs: Sequence[Action], used: set[int]
    ) -> None:
        cell, counts = (self.family, turn), self.counts
        possible = {id(right) for right in rights if any(not right.models & one.models for one in wrongs)}
        counts.correct[cell] += len(rights)
        counts.incorrect[cell] += len(wrongs)
        counts.partnerless[cell] += len(rights) - len(possible)
        counts.over[cell] += len(possible - used)
        counts.leaning[cell] += 0 if alone else len(rights)
        counts.pairs[cell] += len(used)
