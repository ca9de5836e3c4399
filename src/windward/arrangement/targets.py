"""A target set in two parts: one that arranges the training rows and one that is tested.

Rows that are chosen for being near a test set make the test easier: the test has then been looked at. So the target set is
split first, task by task, and a report shows `TargetSplit.statement`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from windward.arrangement.blocks import Places
from windward.arrangement.orders import groups_of
from windward.rows.contamination import normalised


@dataclass(frozen=True, eq=False)
class TargetSplit:
    """Which target rows arrange and which are tested.

    Attributes:
        arranges: places of the rows that the arrangement may see, int64, rising.
        tests: places of the rows that it never saw, int64, rising.
        tasks: for each task, how many rows arrange and how many are tested.
        seed: of the split; None where the two parts were given.
    """

    arranges: Places
    tests: Places
    tasks: Mapping[str, tuple[int, int]]
    seed: int | None = None

    def __post_init__(self) -> None:
        both = np.intersect1d(self.arranges, self.tests)
        if len(both):
            raise ValueError(
                f"target row {both[0]} and {len(both) - 1} others would arrange and be tested: a row does one of the two"
            )
        if not len(self.arranges) or not len(self.tests):
            raise ValueError(
                f"{len(self.arranges)} rows arrange and {len(self.tests)} are tested: both need some"
            )

    @property
    def statement(self) -> str:
        """What a report says of it."""
        how = (
            "given as two parts"
            if self.seed is None
            else f"split at random within each task (seed {self.seed})"
        )
        return (
            f"The training rows were arranged for {len(self.arranges)} target rows and tested on {len(self.tests)} others, "
            f"of {len(self.tasks)} {'task' if len(self.tasks) == 1 else 'tasks'}; {how}. No tested row took part in the arrangement."
        )


def split_target(
    tasks: Sequence[str], *, texts: Sequence[str] | None = None, share: float = 0.5, seed: int = 0
) -> TargetSplit:
    """Splits each task's rows in two at random.

    Args:
        tasks: the task of each target row.
        texts: of the target rows; rows with the same words stay on one side, of whatever task they are.
        share: of a task's (different) rows that arrange, above 0 and below 1; at least one row goes to each side.
        seed: of the split.

    Raises:
        ValueError: `share` is out of range, texts are not one a row, or a task has rows on one side alone because it has
            fewer than two different ones.
    """
    if not 0 < share < 1:
        raise ValueError(f"share must be above 0 and below 1: {share}")
    if texts is not None and len(texts) != len(tasks):
        raise ValueError(f"{len(texts)} texts for {len(tasks)} rows: give one a row")
    keys = [str(place) for place in range(len(tasks))] if texts is None else [_key(text) for text in texts]
    same: defaultdict[str, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        same[key].append(place)
    # Rows with the same words are of the task of the first of them.
    firsts = [rows[0] for rows in same.values()]
    arranges = np.zeros(len(tasks), dtype=bool)
    generator = np.random.default_rng(seed)
    for places in groups_of([tasks[first] for first in firsts]).values():
        count = min(max(1, round(share * len(places))), len(places) - 1)
        for place in generator.permutation(places)[:count]:
            arranges[same[keys[firsts[place]]]] = True
    sides = {
        task: (int(arranges[rows].sum()), int((~arranges[rows]).sum()))
        for task, rows in groups_of(tasks).items()
    }
    for task, (seen, unseen) in sides.items():
        if not seen or not unseen:
            raise ValueError(
                f"task {task} has {seen} rows that arrange and {unseen} that are tested: "
                "give it two different rows or more, or leave it out"
            )
    return TargetSplit(np.flatnonzero(arranges), np.flatnonzero(~arranges), sides, seed)


def check_apart(arranging: Iterable[str], tested: Iterable[str]) -> None:
    """For parts that were given: raises ValueError where a text with the same words stands in both."""
    seen = {_key(text): place for place, text in enumerate(arranging)}
    for place, text in enumerate(tested):
        if _key(text) in seen:
            raise ValueError(
                f"test row {place} has the words of target row {seen[_key(text)]}: what arranges must not be tested"
            )


def _key(text: str) -> str:
    """A text's words; the text itself where it has none."""
    return normalised(text) or text
