"""The pairs of the study, and their split: a problem is wholly on one side of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from windward.recipes.errors import RecipeError
from windward.rows import PairRow, read_pairs
from windward.rows.training import Messages


def study_pairs(path: Path) -> list[PairRow]:
    """The pairs of a file of `windward trees`.

    Raises:
        RecipeError: there is no such file, it holds no pairs, or a pair lacks an instruction or an action.
    """
    if not path.is_file():
        raise RecipeError(f"{path} is not there: name the pairs.parquet of windward trees mine")
    try:
        rows = read_pairs(path)
    except ValueError as error:
        raise RecipeError(str(error)) from error
    for number, row in enumerate(rows):
        if not any(message["role"] == "user" for message in row.prompt):
            raise RecipeError(f"{path}, row {number}: prompt holds no message of the user")
        if not row.chosen or not row.rejected:
            raise RecipeError(f"{path}, row {number}: chosen and rejected must hold one message each")
    if not rows:
        raise RecipeError(f"{path} holds no pairs")
    return rows


def problem_of(row: PairRow) -> str:
    """What tells problems apart: the instruction, so that two trees of one problem are never in both halves."""
    return next(message["content"] for message in row.prompt if message["role"] == "user")


def action(messages: Messages) -> str:
    """The text of what is chosen or rejected."""
    return messages[-1]["content"]


def folds(problems: Sequence[str], count: int, seed: int) -> list[int]:
    """The fold of each pair: problems are drawn into `count` folds of equal size, and take their pairs with them.

    Args:
        problems: of each pair.
        count: folds, at least 2.
        seed: of the draw.

    Returns:
        A number below `count` for each pair.

    Raises:
        RecipeError: there are fewer problems than folds.
    """
    known = sorted(set(problems))
    if len(known) < count:
        raise RecipeError(
            f"{len(known)} problems cannot be split into {count} folds: give more pairs or fewer --folds"
        )
    random.Random(f"folds/{seed}").shuffle(known)
    drawn = {problem: place % count for place, problem in enumerate(known)}
    return [drawn[problem] for problem in problems]


@dataclass(frozen=True)
class Halves:
    """Numbers of the pairs that are learnt and of those that are held out."""

    train: tuple[int, ...]
    held_out: tuple[int, ...]


def halves(drawn: Sequence[int], fold: int) -> Halves:
    """The halves in which one fold is held out."""
    return Halves(
        tuple(number for number, one in enumerate(drawn) if one != fold),
        tuple(number for number, one in enumerate(drawn) if one == fold),
    )
