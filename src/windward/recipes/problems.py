"""The problems of a run: generated, or a user's own, in three splits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from windward.recipes.errors import RecipeError
from windward.recipes.families import make_problems
from windward.rows import Problem, read_problems

SPLITS = ("train", "test", "test-families")


def generated(*, train: int, test: int, test_families: int, seed: int) -> list[Problem]:
    """Problems of the built-in families."""
    return make_problems(train=train, test=test, test_families=test_families, seed=seed)


def given(path: str | Path, *, train: int, test: int, test_families: int, seed: int) -> list[Problem]:
    """A user's problems, at most so many of each split.

    Rows that name a split keep it. Where none does, a third (drawn with the seed) is held out as `test`.

    Raises:
        ProblemError: a row is malformed; the message names its line.
        RecipeError: a split has an unknown name, or there is nothing to train on or to test on.
    """
    if not Path(path).is_file():
        raise RecipeError(f"{path}: there is no such file; name a JSONL file of problems")
    problems = read_problems(path)
    unknown = {problem.split for problem in problems} - set(SPLITS)
    if unknown:
        raise RecipeError(f"{path}: unknown split {sorted(unknown)[0]!r}; use {', '.join(SPLITS)}, or none")
    if all(problem.split == "train" for problem in problems):
        problems = _hold_out(problems, seed)
    limits = {"train": train, "test": test, "test-families": test_families}
    counts = Counter(problem.split for problem in problems)
    if not counts["train"] or not counts["test"] + counts["test-families"]:
        raise RecipeError(
            f"{path}: {counts['train']} problems to train on and {counts['test'] + counts['test-families']} to "
            "test on; a run needs both (two rows at least)"
        )
    return [
        problem for split in SPLITS for problem in [p for p in problems if p.split == split][: limits[split]]
    ]


def _hold_out(problems: Sequence[Problem], seed: int) -> list[Problem]:
    drawn = list(problems)
    Random(seed).shuffle(drawn)
    held = -(-len(drawn) // 3)
    return [replace(problem, split="test") for problem in drawn[:held]] + drawn[held:]
