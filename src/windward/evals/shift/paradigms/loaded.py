"""The splits that a run needs: what is tested of every set, and `train` of those whose examples are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from windward.evals.shift.loading import Loaded, load
from windward.evals.shift.paradigms.asked import Sets
from windward.evals.shift.paradigms.config import ParadigmConfig
from windward.evals.shift.paradigms.demonstrations import DEMONSTRATIONS_SPLIT
from windward.evals.shift.preparing import Sources
from windward.evals.shift.task import Dataset, ShiftError, Task


def loaded_sets(
    task: Task,
    config: ParadigmConfig,
    *,
    local: Sources,
    limit: int | None = None,
    tell: Callable[[str], None] = print,
) -> Sets:
    """Loads the sets of a task.

    Args:
        task: whose.
        config: the tested split, the paradigms, the seed of shares and limits.
        local: where sets are; see `preparing.sources`.
        limit: tested examples of each set at most, drawn by the seed; None is all.
        tell: hears what was left out of a split.

    Raises:
        ShiftError: a split that is needed is nowhere.
    """
    found = {}
    for dataset in task.datasets:
        own = {config.split: _loaded(dataset, config.split, local, config.seed, limit)}
        paradigm = "id" if dataset is task.id else "ood"
        if paradigm in config.paradigms and DEMONSTRATIONS_SPLIT in dataset.splits:
            try:
                own[DEMONSTRATIONS_SPLIT] = _loaded(dataset, DEMONSTRATIONS_SPLIT, local, config.seed, None)
            except ShiftError as error:
                others = " and ".join(one for one in config.paradigms if one != paradigm) or "zero-shot"
                raise ShiftError(f"{error}. Its examples are shown under {paradigm}; ask {others} alone to do without") from error  # fmt: skip
        for one in own.values():
            for line in _left_out(one):
                tell(line)
        found[dataset.name] = {split: one.examples for split, one in own.items()}
    return found


def _loaded(dataset: Dataset, split: str, local: Sources, seed: int, limit: int | None) -> Loaded:
    alone = local.get((dataset.name, split))
    # A file that is given as one split is that split, even where the set itself is cut into shares.
    asked = dataset if alone is None else replace(dataset, splits={split: split})
    return load(asked, split, local=alone or local.get((dataset.name, "")), seed=seed, limit=limit)


def _left_out(one: Loaded) -> list[str]:
    lines = []
    if one.dropped:
        told = ", ".join(f"{count:,} {why}" for why, count in one.dropped.items())
        lines.append(f"  {one.dataset}, {one.split}: {len(one.examples):,} examples; left out: {told}")
    if one.unreadable:
        lines.append(f"  {one.dataset}, {one.split}: the first that cannot be read is {one.unreadable}")
    return lines
