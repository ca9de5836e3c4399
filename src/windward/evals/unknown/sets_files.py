"""The three sets as they were released (not part of this project: their licence is not stated), or a set file of the user's own."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from windward.evals.data import DataError, problems_folder
from windward.evals.reasoning.files import read_rows
from windward.evals.unknown.generators.own import NAMES, own_set
from windward.evals.unknown.generators.sets import read_set
from windward.evals.unknown.records import DATASETS, SPLITS, Question, Split, questions
from windward.evals.unknown.released import references_in

FOLDER = "unknownbench"


def released_sets(datasets: Sequence[str] = DATASETS, folder: Path | None = None) -> list[Question]:
    """The questions of released sets, both halves of each.

    Args:
        datasets: of FalseQA, NEC, RefuNQ.
        folder: holds `FalseQA/FalseQA_answerable.json`, …; without it, `unknownbench` in the folder that `WINDWARD_DATA` names.

    Raises:
        DataError: there is no such set, a file is missing, or a row is malformed; names the row.
    """
    try:
        home = problems_folder(FOLDER, "FalseQA, NEC and RefuNQ", folder)
    except DataError as error:
        raise DataError(f"{error}. Without them: --own asks the sets that come with windward") from error
    found: list[Question] = []
    for dataset in datasets:
        if dataset not in DATASETS:
            raise DataError(f"there is no set called {dataset!r}; there are {', '.join(DATASETS)}")
        for split in SPLITS:
            found += _half(home / dataset / f"{dataset}_{split}.json", dataset, split)
    return found


def packaged_sets() -> list[Question]:
    """The questions of the sets that come with windward."""
    return own_sets([own_set(name) for name in NAMES])


def own_sets(files: Sequence[Path]) -> list[Question]:
    """The questions of set files (see `generators.sets.read_set`).

    Raises:
        DataError: a file is malformed, or a question's id is in two of them.
    """
    found: dict[str, Question] = {}
    for file in files:
        for question in read_set(file):
            if question.id in found:
                raise DataError(f"{file}: question {question.id!r} comes a second time")
            found[question.id] = question
    return list(found.values())


def drawn(asked: Sequence[Question], limit: int | None, seed: int) -> list[Question]:
    """At most `limit` questions of each half of each set, drawn by the seed and the half alone, in their order."""
    if limit is None:
        return list(asked)
    halves: dict[tuple[str, Split], list[int]] = {}
    for place, one in enumerate(asked):
        halves.setdefault((one.dataset, one.split), []).append(place)
    kept: list[int] = []
    for (dataset, split), places in halves.items():
        chance = random.Random(f"{seed} {dataset} {split}")
        kept += chance.sample(places, min(limit, len(places)))
    return [asked[place] for place in sorted(kept)]


def _half(file: Path, dataset: str, split: Split) -> list[Question]:
    if not file.exists():
        raise DataError(f"{file} is not there: it holds an object with `prompt` and `label` a line")
    return questions(
        dataset, split, [_row(row, f"{file}, row {number}") for number, row in enumerate(read_rows(file), 1)]
    )


def _row(row: dict[str, Any], where: str) -> tuple[str, tuple[str, ...], str]:
    text = row.get("prompt")
    if not isinstance(text, str) or not text.strip():
        raise DataError(f"{where}: 'prompt' is {text!r}; it must be a question")
    return text, references_in(row.get("label")), str(row.get("category") or "")
