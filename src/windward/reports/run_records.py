"""What a run of the main job is made of, as a report sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from windward.rows import Problem, Result

Row = dict[str, Any]


@dataclass(frozen=True)
class Attempt:
    """One turn: what the model wrote, what of it ran, what that showed, and the judgement.

    Attributes:
        action: the model's text as it came.
        code: the part that ran; None where no code was found.
        observation: what the interpreter showed.
        answer: the answer as read; None where there was none.
        correct: the judgement.
        rule: the rule that decided, where it was written down.
        error_kind: what went wrong, e.g. `no_code` or `exception`; None for a correct turn.
        completion_tokens: tokens that the model wrote; None where not counted.
    """

    action: str
    code: str | None
    observation: str
    answer: str | None
    correct: bool
    rule: str
    error_kind: str | None
    completion_tokens: int | None


@dataclass(frozen=True)
class Evaluation:
    """One problem tried by one stage of the model; `solved_at` is the turn of the first correct answer."""

    stage: str
    split: str
    problem: Problem
    turns: tuple[Attempt, ...]
    solved_at: int | None


@dataclass(frozen=True)
class Node:
    """One sampled action of a preference tree; `kept` says that the tree used it."""

    id: str
    parent: str | None
    turn: int
    attempt: Attempt
    kept: bool


@dataclass(frozen=True)
class Tree:
    """The actions sampled for one problem, branched at every turn."""

    id: str
    problem: Problem
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class RowsFile:
    """A Parquet file of training rows: how many, and how many of each family, turn, … (column to value to count)."""

    name: str
    count: int
    by: dict[str, dict[str, int]]


@dataclass(frozen=True)
class RunFolder:
    """Everything that a report draws from; empty where the run has not come that far.

    Attributes:
        path: the folder.
        results: the result table.
        evaluations: every problem tried by every stage.
        trees: the preference trees.
        steps: what each step took.
        run: `run.json`.
        training: (folder, its `training.json`).
        rows: the training rows made.
        files: names of everything in the folder but the page itself.
    """

    path: Path
    results: tuple[Result, ...] = ()
    evaluations: tuple[Evaluation, ...] = ()
    trees: tuple[Tree, ...] = ()
    steps: tuple[Row, ...] = ()
    run: Row = field(default_factory=dict)
    training: tuple[tuple[str, Row], ...] = ()
    rows: tuple[RowsFile, ...] = ()
    files: tuple[str, ...] = ()

    def setting(self, name: str) -> Any:
        """A setting of the run, from the top of `run.json` or from its `config`; None where it is not written."""
        config = self.run.get("config")
        return self.run.get(name, config.get(name) if isinstance(config, dict) else None)

    @property
    def seed(self) -> int:
        """The run's seed, which also draws the examples; 0 where it is not written."""
        seed = self.setting("seed")
        return seed if isinstance(seed, int) else 0
