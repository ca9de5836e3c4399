"""The points of a curve: one trained model's score in distribution, and its score on one set out of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from windward.evals.shift.axes import Axis
from windward.evals.shift.correlation import Fit, Rule, correlate
from windward.evals.shift.task import ShiftError
from windward.rows import Result

SYSTEM = "shift"
METRICS = ("accuracy", "entity_f1", "f1")
FACTORS = ("shots", "steps", "size", "adapter", "method")
"""What a point differs in from others of its curve."""
_OWN = ("role", "low", "high")
"""Conditions of a row alone: of one model's rows all others are equal."""


@dataclass(frozen=True)
class Point:
    """A trained model on two test sets.

    Attributes:
        task: whose.
        id: the test set in distribution.
        ood: the test set out of distribution.
        metric: of both scores.
        model: that was trained.
        method: how.
        factor: what it is a step of: shots, steps, size, adapter, method.
        value: its step, e.g. shots a class.
        seed: of the training.
        run: the training; points of one run are checkpoints of one model.
        id_score: in [0, 1].
        ood_score: in [0, 1].
        id_stderr: standard error; None where it is not known.
        ood_stderr: the same.
        id_n: examples in distribution.
        ood_n: examples out of it.
    """

    task: str
    id: str
    ood: str
    metric: str
    model: str
    method: str
    factor: str
    value: str
    seed: int
    run: str
    id_score: float
    ood_score: float
    id_stderr: float | None
    ood_stderr: float | None
    id_n: int
    ood_n: int


def points(results: Iterable[Result]) -> list[Point]:
    """Pairs the scores of each trained model: in distribution with each set out of it.

    Rows of a model have one `model`, `split`, `metric` and one condition but for its `role` (`id` or `ood`). Rows without a `factor`
    (language models that are asked, fits, effects) are no points.

    Args:
        results: rows of system `shift`; others are passed over.

    Raises:
        ShiftError: a model has none or two scores in distribution, or two on one set; the message says which.
    """
    models: dict[tuple[str, ...], list[Result]] = {}
    for row in results:
        if row.system == SYSTEM and row.metric in METRICS and {"role", "factor"} <= row.condition.keys():
            models.setdefault(_model_of(row), []).append(row)
    found = []
    for rows in models.values():
        inside = [row for row in rows if row.condition["role"] == "id"]
        outside = [row for row in rows if row.condition["role"] == "ood"]
        names = [row.dataset for row in outside]
        if len(inside) != 1 or len(set(names)) < len(names) or len(inside) + len(outside) < len(rows):
            raise ShiftError(
                f"{rows[0].model} under {json.dumps(_shared(rows[0]), sort_keys=True)} has {len(inside)} rows of role id and "
                f"rows of role ood on {', '.join(names) or 'no set'}: one in distribution and one a set make a point"
            )
        found += [_point(inside[0], row) for row in outside]
    return found


def _shared(row: Result) -> dict[str, object]:
    return {key: value for key, value in row.condition.items() if key not in _OWN}


def _model_of(row: Result) -> tuple[str, ...]:
    return row.model, row.split, row.metric, json.dumps(_shared(row), sort_keys=True)


def _point(inside: Result, outside: Result) -> Point:
    told = inside.condition
    seed = int(told.get("seed", 0))
    value = str(told.get("value", ""))
    method = str(told.get("method", "vanilla"))
    alone = f"{inside.model}/{method}/{told['factor']}/{value}/{seed}"
    return Point(
        task=str(told.get("task", "")),
        id=inside.dataset,
        ood=outside.dataset,
        metric=inside.metric,
        model=inside.model,
        method=method,
        factor=str(told["factor"]),
        value=value,
        seed=seed,
        run=str(told.get("run", alone)),
        id_score=inside.value,
        ood_score=outside.value,
        id_stderr=inside.stderr,
        ood_stderr=outside.stderr,
        id_n=inside.n,
        ood_n=outside.n,
    )


def by_curve(every: Iterable[Point]) -> dict[tuple[str, str, str], list[Point]]:
    """Points by task, set out of distribution and metric, in their order."""
    curves: dict[tuple[str, str, str], list[Point]] = {}
    for point in every:
        curves.setdefault((point.task, point.ood, point.metric), []).append(point)
    return curves


def fit_points(some: Sequence[Point], *, axis: Axis = "raw", rule: Rule | None = None, seed: int = 0) -> Fit:
    """The fit of one curve, training runs being drawn whole where a run has several points.

    Raises:
        ShiftError: as `correlate`.
    """
    runs = [point.run for point in some]
    return correlate(
        [point.id_score for point in some],
        [point.ood_score for point in some],
        groups=runs if len(set(runs)) < len(runs) else None,
        axis=axis,
        rule=rule,
        seed=seed,
    )
