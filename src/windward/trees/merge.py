"""Recorded runs on one problem merged into a tree: runs that did and saw the same so far stand at the same place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from windward.trees.records import RecordedRun, Step

Key = tuple[str, str, str, str]
"""An action as deeper turns see it, and what was told of it."""


@dataclass
class Action:
    """One text that models wrote at a place.

    Attributes:
        step: the first record of it.
        models: all who wrote it.
    """

    step: Step
    models: set[str] = field(default_factory=set)


@dataclass
class Branch:
    """What was done at a place, whoever did it and in whatever words.

    Attributes:
        actions: by their text, in the order of the runs.
        below: the place that it leads to.
    """

    actions: dict[str, Action] = field(default_factory=dict)
    below: Place = field(default_factory=lambda: Place())


@dataclass
class Place:
    """A history: the instruction, and what was done and seen since.

    Attributes:
        branches: what was done here.
    """

    branches: dict[Key, Branch] = field(default_factory=dict)

    def add(self, run: RecordedRun, depth: int) -> None:
        """Adds the first `depth` actions of a run, up to the first disputed one."""
        place = self
        for step in run.steps[:depth]:
            if step.verdict == "disputed":
                return
            key = (step.kind, step.act, step.observation, step.critique)
            branch = place.branches.setdefault(key, Branch())
            branch.actions.setdefault(step.text, Action(step)).models.add(run.model)
            place = branch.below

    def walk(self, turn: int = 1) -> Iterator[tuple[int, Place]]:
        """All places from here on that something was done at, each with its turn; those above first."""
        if self.branches:
            yield turn, self
        for branch in self.branches.values():
            yield from branch.below.walk(turn + 1)

    def correct(self) -> list[tuple[Branch, Action]]:
        """The correct actions at this place; not those whose answer was found wrong here too."""
        wrong = {action.step.content for _, action in self._judged("incorrect")}
        return [
            (branch, action)
            for branch, action in self._judged("correct")
            if action.step.usable and action.step.content not in wrong
        ]

    def incorrect(self) -> list[tuple[Branch, Action]]:
        """The incorrect answers at this place, well-formed; not those that were found right here too.

        Code that raised is not among them: correct actions hand in answers, and what hands nothing in would be told apart
        by its form alone.
        """
        right = {action.step.content for _, action in self._judged("correct")}
        return [
            (branch, action)
            for branch, action in self._judged("incorrect")
            if action.step.usable and action.step.kind == "answer" and action.step.content not in right
        ]

    def _judged(self, verdict: str) -> Iterator[tuple[Branch, Action]]:
        for branch in self.branches.values():
            for action in branch.actions.values():
                if action.step.verdict == verdict:
                    yield branch, action
