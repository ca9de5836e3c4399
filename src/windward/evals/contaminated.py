"""A checkpoint that was trained on problems of a benchmark is not scored on it, unless somebody insists."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from windward.training import never_score


class ContaminatedError(ValueError):
    """A checkpoint has seen what it would be scored on; the message says which, and how to go on."""


def contaminated(model: str | Path, benchmarks: Iterable[str], *, allowed: bool = False) -> list[str]:
    """Benchmarks, of those it would be scored on, that a local checkpoint must not be scored on.

    Args:
        model: a checkpoint folder; of what is none, nothing is known.
        benchmarks: names of what it would be scored on.
        allowed: give them back in place of refusing.

    Raises:
        ContaminatedError: there are some, or the checkpoint's record is damaged, so that nobody knows.
    """
    try:
        stamped = never_score(model)
    except ValueError as error:
        raise ContaminatedError(str(error)) from error
    seen = sorted(stamped & {name.lower() for name in benchmarks})
    if seen and not allowed:
        raise ContaminatedError(
            f"{model} was trained on problems of {', '.join(seen)} or close to them (its training.json), so a score "
            "would say little. Score the checkpoint it was trained from, name other tasks, or go on with "
            "--allow-contaminated, which the run's record will say"
        )
    return seen
