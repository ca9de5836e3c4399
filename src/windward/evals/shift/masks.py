"""What a model's probabilities are on a test set that lacks some of its classes, or tells fewer of them apart (BOSS, appendix)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from windward.evals.shift.task import ShiftError, Task


def columns(task: Task) -> tuple[str, ...]:
    """What a model of the task gives probabilities to: its classes; for entities `O` and each type's `B-` and `I-` (17 of 8)."""
    if task.kind != "tagging":
        return task.labels
    return ("O", *(f"{begin}-{label}" for label in task.labels for begin in "BI"))


def probabilities_on(task: Task, dataset_name: str, probabilities: ArrayLike) -> NDArray[np.float64]:
    """The probabilities that count on a dataset, in the same columns.

    Labels that the dataset lacks get 0, labels that count as another one there are added to it, and each row is brought to the
    sum 1 again. A row that had all of its probability on labels that are not there is uniform over those that are.

    Args:
        task: whose masks; a dataset without one, and without merged labels, keeps the probabilities as they are.
        dataset_name: name of the test set.
        probabilities: shape (…, columns), see `columns`; not negative.

    Raises:
        ShiftError: the last axis is not as long as the task's columns, or a value is negative or not finite.
    """
    names = columns(task)
    found = np.array(probabilities, dtype=np.float64)
    if found.ndim == 0 or found.shape[-1] != len(names):
        raise ShiftError(f"{task.name} has {len(names)} columns of probabilities, not shape {found.shape}")
    if not np.isfinite(found).all() or (found < 0).any():
        raise ShiftError(f"probabilities on {dataset_name} are negative or not finite")
    merged = task.merged.get(dataset_name, {})
    kept = task.mask.get(dataset_name)
    if not merged and kept is None:
        return found
    for source, target in merged.items():
        found[..., names.index(target)] += found[..., names.index(source)]
    within = np.array(
        [_label(name) not in merged and (kept is None or _is_kept(name, kept)) for name in names]
    )
    found[..., ~within] = 0.0
    sums = found.sum(axis=-1, keepdims=True)
    uniform = within / within.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled: NDArray[np.float64] = np.where(sums > 0, found / sums, uniform)
    return scaled


def _label(name: str) -> str:
    return name[2:] if name[:2] in ("B-", "I-") else name


def _is_kept(name: str, kept: tuple[str, ...]) -> bool:
    return name == "O" or _label(name) in kept
