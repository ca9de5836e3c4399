"""How scores out of distribution follow the score in distribution: one line, a knee, a V, or not decided (BOSS, section 4).

Yuan et al. (2023) tell three types apart by eye: *I*, one rising line; *II*, rising, and steeper after a knee; *III*, falling, then rising. Here
a constant, a line and a continuous line with a knee are fitted by least squares and compared by the Bayesian information criterion, the points
are drawn again (whole training runs together) for intervals, and a type is named only where all of this agrees. What would decide and does not
is given as reasons.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from windward.evals.shift.axes import AXES, Axis
from windward.evals.shift.fit import SIDE, Fit, Rule
from windward.evals.shift.resampling import Names, effective_points, resamples, span_of
from windward.evals.shift.segments import Floats, Segments, fit_segments, knees_to_try, predicted
from windward.evals.shift.spearman import spearman
from windward.evals.shift.task import ShiftError
from windward.evals.shift.verdict import Judged

__all__ = ["Fit", "Rule", "correlate"]
_STEPS = 64
_REFINED = 33


def correlate(
    id_scores: ArrayLike,
    ood_scores: ArrayLike,
    *,
    groups: Sequence[object] | None = None,
    stderrs: ArrayLike | None = None,
    axis: Axis = "raw",
    rule: Rule | None = None,
    seed: int = 0,
) -> Fit:
    """Which type a cloud of models is.

    Args:
        id_scores: [n] in distribution, shares in [0, 1].
        ood_scores: [n] out of distribution, of the same models.
        groups: [n] the training run of each point; points of one run are drawn together, and count for less as far as they agree.
        stderrs: [n] standard errors of the scores out of distribution; points weigh by their inverse squares.
        axis: scale of both scores: as they are (the default, and the paper's), or their logits or probits (Miller et al. 2021), on which
            lines stay lines near 0 and 1.
        rule: what must hold; None is the calibrated one.
        seed: of the resamples. The same points in any order give the same fit.

    Raises:
        ShiftError: lengths differ, fewer than three points, a score or an error out of range.
    """
    rule = rule or Rule()
    x, y, told, weights = _checked(id_scores, ood_scores, groups, stderrs)
    order = np.lexsort((weights, told, y, x))
    x, y, told, weights = x[order], y[order], told[order], weights[order]
    low, high = float(x[0]), float(x[-1])
    x, y = AXES[axis].to(x), AXES[axis].to(y)
    counts, runs = resamples(told if groups is not None else None, len(x), rule.draws, seed)
    knees = knees_to_try(x, side=max(SIDE, len(x) // 10), steps=_STEPS)
    one = _of_points(x, y, weights, knees)
    effective = float(len(x)) if groups is None else effective_points(_left(x, y, one), told)
    again = fit_segments(x, y, counts * weights, knees)
    return Judged(rule, x, knees, one, again, counts, weights, effective, runs, axis, (low, high), seed,
                   span_of(spearman(x, y, np.concatenate([np.ones((1, len(x))), counts])))).fit()  # fmt: skip


def _checked(
    id_scores: ArrayLike, ood_scores: ArrayLike, groups: Sequence[object] | None, stderrs: ArrayLike | None
) -> tuple[Floats, Floats, Names, Floats]:
    x, y = np.asarray(id_scores, dtype=float).ravel(), np.asarray(ood_scores, dtype=float).ravel()
    told = np.array([str(one) for one in groups] if groups is not None else [""] * len(x), dtype=np.str_)
    errors = np.ones(len(x)) if stderrs is None else np.asarray(stderrs, dtype=float).ravel()
    if not len(x) == len(y) == len(told) == len(errors):
        raise ShiftError(
            f"{len(x)} scores in distribution, {len(y)} out of it, {len(told)} groups and {len(errors)} errors do not belong "
            "together: give one of each a point"
        )
    if len(x) < 3:
        raise ShiftError(f"{len(x)} points have no shape: give three at least")
    for name, scores in (("in", x), ("out of", y)):
        wrong = ~((scores >= 0) & (scores <= 1))
        if wrong.any():
            raise ShiftError(
                f"score {scores[wrong][0]:g} {name} distribution (point {int(np.argmax(wrong)) + 1}) is no share between 0 and 1: "
                "divide percentages by 100 and leave out points without a score"
            )
    if not (np.isfinite(errors) & (errors > 0)).all():
        raise ShiftError(
            "a standard error is not above zero, so its point would weigh without limit: leave out stderrs, or give all"
        )
    weights = 1 / errors**2
    return x, y, told, weights / weights.mean()


def _of_points(x: Floats, y: Floats, weights: Floats, knees: Floats) -> Segments:
    """The fit of the points themselves, its knee refined between the places that were tried."""
    rough = fit_segments(x, y, weights[None, :], knees)
    if len(knees) < 2 or np.isnan(rough.knee[0]):
        return rough
    step = knees[1] - knees[0]
    close = np.clip(rough.knee[0] + np.linspace(-step, step, _REFINED), knees[0], knees[-1])
    return fit_segments(x, y, weights[None, :], close)


def _left(x: Floats, y: Floats, fit: Segments) -> Floats:
    """[n] residuals of the richest shape that was fitted."""
    shape = np.array([1 if np.isnan(fit.knee[0]) else 2])
    left: Floats = y - predicted(fit.coefficients(shape), x)[0]
    return left
