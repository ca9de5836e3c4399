"""What a reader says that recorded replies do: 360 of them, read twice without sight of any detector. The labels, not the replies.

Drawn from five models, three sets and both halves: of each cell six replies that `lexical-paper` flags and six that it does not, or all
where there are fewer, so that each stands for `weight` replies. The replies have no licence and stay where the user has them.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args

from windward.evals.data import DataError
from windward.evals.unknown.records import Split

PACKAGED = Path(__file__).with_name("labels.csv")
LABELS = ("answers", "declines", "challenges", "other")
"""`other` is a reply that does nothing that can be read, such as the question said again: it has not refused."""
COLUMNS = ("model", "dataset", "split", "question_id", "drawn_as", "weight", "pass_1", "pass_2", "label")


@dataclass(frozen=True)
class Labelled:
    """A recorded reply that was read.

    Attributes:
        model: whose reply.
        dataset: of the question.
        split: its half.
        question_id: as in `Question.id`.
        drawn_as: `flagged` or `unflagged`, as `lexical-paper` has it.
        weight: how many replies of its stratum it stands for.
        pass_1: what the first reading found, one of `LABELS`.
        pass_2: what the second found.
        label: what both found; where they differ, what a third reading by the same guide decided.
    """

    model: str
    dataset: str
    split: Split
    question_id: str
    drawn_as: str
    weight: float
    pass_1: str
    pass_2: str
    label: str

    @property
    def refused(self) -> bool:
        """Whether it declines or challenges, which the paper counts together."""
        return self.label in ("declines", "challenges")

    @property
    def stratum(self) -> tuple[str, str, str, str]:
        """What it was drawn from."""
        return self.model, self.dataset, self.split, self.drawn_as


@cache
def read_labels(path: Path = PACKAGED) -> tuple[Labelled, ...]:
    """The labels of a file.

    Raises:
        DataError: a column is missing, a value makes no sense, or a reply is labelled twice; the message says where.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise DataError(f"{path} has columns {reader.fieldnames}; labels have {', '.join(COLUMNS)}")
        labels = tuple(_labelled(row, f"{path}:{reader.line_num}") for row in reader)
    twice = [
        key for key, times in Counter((one.model, one.question_id) for one in labels).items() if times > 1
    ]
    if twice:
        raise DataError(f"{path} labels the reply of {twice[0][0]} to {twice[0][1]} twice")
    return labels


def _labelled(row: dict[str, str], where: str) -> Labelled:
    for name in ("pass_1", "pass_2", "label"):
        if row[name] not in LABELS:
            raise DataError(f"{where}: {name} is {row[name]!r}; it must be one of {', '.join(LABELS)}")
    split = next((one for one in get_args(Split) if one == row["split"]), None)
    try:
        weight = float(row["weight"])
    except ValueError:
        weight = 0
    if split is None or not weight >= 1:
        raise DataError(
            f"{where}: split is {row['split']!r}, weight {row['weight']!r}; a weight is a number from 1 up"
        )
    return Labelled(
        row["model"],
        row["dataset"],
        split,
        row["question_id"],
        row["drawn_as"],
        weight,
        row["pass_1"],
        row["pass_2"],
        row["label"],
    )


def cohen_kappa(first: Sequence[object], second: Sequence[object]) -> float | None:
    """Agreement of two readings beyond chance (Cohen 1960): (observed - expected) / (1 - expected).

    Returns:
        None where both say one and the same throughout, so that nothing can be told from chance.

    Raises:
        ValueError: there is nothing, or the lengths differ.
    """
    if not first or len(first) != len(second):
        raise ValueError(f"two readings of the same rows are needed, not of {len(first)} and {len(second)}")
    n = len(first)
    seen, other = Counter(first), Counter(second)
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / n
    expected = sum(times * other[label] for label, times in seen.items()) / n**2
    return None if expected == 1 else (observed - expected) / (1 - expected)
