"""The steps of the main job, each a function from files to files; every call to a model goes through the journal."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from windward.agents import STOP, Trajectory, Turn, run_episode
from windward.evals import Evaluation, evaluation, read_evaluations, write_evaluations
from windward.grading.problems import grade_answer
from windward.journal import Journal, JournaledModel, Limits, RowsFailedError, run, run_rows, values
from windward.models import Model, Sampling
from windward.recipes.errors import RecipeError
from windward.rows import PairRow, Problem, SftRow, write_pairs, write_sft
from windward.trees import (
    GrowConfig,
    Tree,
    grow_tree,
    read_trees,
    tree_from_dict,
    trees_to_pairs,
    trees_to_sft,
    write_trees,
)

EPISODES = 128
"""Problems under way at once: enough to keep a local model's batches full."""
TREES = 48
MAX_TOKENS = 56


Row = TypeVar("Row", SftRow, PairRow)


@dataclass(frozen=True)
class Bench:
    """Where the steps of a run work.

    Attributes:
        journal: of the run.
        limits: of calls to an endpoint or a local model.
    """

    journal: Journal
    limits: Limits

    def journaled(self, model: Model) -> JournaledModel:
        """The model, with every call through the journal."""
        return JournaledModel(model, self.journal, self.limits)

    def over(
        self,
        function: Callable[[Problem], Awaitable[Any]],
        problems: Sequence[Problem],
        stage: str,
        version: str,
        concurrency: int,
    ) -> list[Any]:
        """Maps a function over problems; stored outcomes are taken as they are.

        Raises:
            RecipeError: a problem failed; names how many, and the first.
        """
        outcomes = run(
            run_rows(
                function,
                problems,
                journal=self.journal,
                stage=stage,
                key="id",
                version=version,
                concurrency=concurrency,
            )
        )
        try:
            return values(outcomes, "problems")
        except RowsFailedError as error:
            raise RecipeError(f"{stage}: {error}") from error


def measure(
    bench: Bench, model: Model, problems: Sequence[Problem], *, stage: str, turns: int, out: Path
) -> str:
    """Lets a model solve problems greedily, and writes a record of each."""
    policy = bench.journaled(model)
    greedy = Sampling(max_tokens=MAX_TOKENS, stop=STOP)

    async def solve(problem: Problem) -> list[dict[str, Any]]:
        trajectory = await run_episode(problem, policy, grade_answer, max_turns=turns, sampling=greedy)
        return [turn.as_dict() for turn in trajectory.turns]

    found = bench.over(solve, problems, f"measure {stage}", f"{turns} turns by {model.name}", EPISODES)
    records = [
        evaluation(stage, problem, Trajectory(problem.id, tuple(Turn(**turn) for turn in value)))
        for problem, value in zip(problems, found, strict=True)
    ]
    write_evaluations(out, records)
    return _shares(records)


def grow(bench: Bench, model: Model, problems: Sequence[Problem], *, config: GrowConfig, out: Path) -> str:
    """Grows a preference tree on each problem."""
    actor = bench.journaled(model)

    async def tree(problem: Problem) -> dict[str, Any]:
        return (await grow_tree(problem, actor, config)).as_dict()

    found = bench.over(tree, problems, "grow trees", f"{config} by {model.name}", TREES)
    trees = [tree_from_dict(value) for value in found]
    write_trees(out, trees)
    nodes = [node for tree in trees for node in tree.nodes]
    right = sum(node.result.correct for node in nodes)
    return f"{len(trees)} trees, {len(nodes)} actions, {right} correct"


def rows(trees_file: Path, *, per_tree: int, per_family: int | None, sft: Path, pairs: Path) -> str:
    """Writes what the trees teach: correct leaves, and pairs, so many of a family at most.

    Raises:
        RecipeError: there is no correct action in any tree.
    """
    trees: list[Tree] = read_trees(trees_file)
    leaves = balanced(trees_to_sft(trees, per_tree=per_tree), per_family)
    preferences = balanced(trees_to_pairs(trees), per_family)
    if not leaves:
        raise RecipeError(
            f"none of the {len(trees)} trees in {trees_file} holds a correct action, so there is nothing to learn "
            "from: use easier problems, a larger --size (more samples), or a stronger --actor"
        )
    write_sft(sft, leaves)
    write_pairs(pairs, preferences)
    return f"{len(leaves)} rows for SFT, {len(preferences)} pairs"


def balanced(found: Sequence[Row], per_family: int | None) -> list[Row]:
    """The first rows of each family; None takes all, and a row without a family is one of its own."""
    counts: Counter[str] = Counter()
    kept: list[Row] = []
    for row in found:
        counts[row.family] += 1
        if per_family is None or not row.family or counts[row.family] <= per_family:
            kept.append(row)
    return kept


def join_evaluations(parts: Sequence[Path], out: Path) -> list[Evaluation]:
    """All stages in one file."""
    records = [record for part in parts for record in read_evaluations(part)]
    write_evaluations(out, records)
    return records


def forget_models() -> None:
    """Frees the memory of models that nobody holds any more, before the next is loaded."""
    gc.collect()


def _shares(records: Sequence[Evaluation]) -> str:
    told = []
    for split in dict.fromkeys(record.split for record in records):
        of = [record for record in records if record.split == split]
        told.append(f"{split} {sum(record.solved_at is not None for record in of)} of {len(of)} solved")
    return ", ".join(told)
