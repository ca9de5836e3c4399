"""A score out of distribution from the score in distribution, with a prediction interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from windward.evals.shift.axes import AXES
from windward.evals.shift.fit import SHAPES, Fit
from windward.evals.shift.segments import PARAMETERS, predicted
from windward.evals.shift.task import ShiftError


class Forecast(NamedTuple):
    """A score out of distribution.

    Attributes:
        ood: the nearest shape's.
        low: lower end of the 95 % interval of one further model.
        high: upper end.
    """

    ood: float
    low: float
    high: float


def forecast(fit: Fit, id_score: float) -> Forecast:
    """What a further model of the same kind scores out of distribution.

    The interval is Student's, with the variance of the points around the shape and that of the shape over resamples, each of which
    is predicted by the shape that it prefers: where a knee is in doubt, the doubt is in the interval. It says nothing of other kinds of models.

    Args:
        fit: of models that were scored on both; it may be undetermined.
        id_score: in distribution.

    Raises:
        ShiftError: the score lies outside those of the points, where nothing is known of the shape.
    """
    if not fit.low <= id_score <= fit.high:
        raise ShiftError(
            f"{id_score:g} lies outside the scores in distribution that were fitted, {fit.low:.3f} to {fit.high:.3f}: a shape is not "
            "known beyond its points; add some there"
        )
    return curve(fit, [id_score])[0]


def curve(fit: Fit, id_scores: list[float]) -> list[Forecast]:
    """Forecasts at several scores, without the check of `forecast`."""
    from scipy.stats import t

    scale = AXES[fit.axis]
    at = scale.to(np.asarray(id_scores, dtype=float))
    made = predicted(fit.coefficients, at)
    freedom = max(fit.effective - PARAMETERS[SHAPES.index(fit.shape)] + 1, 1.0)
    half = t.ppf(0.975, freedom) * np.sqrt(made[1:].var(axis=0) + fit.deviation**2)
    ends = (np.clip(scale.back(made[0] + sign * half), 0.0, 1.0) for sign in (0, -1, 1))
    return [Forecast(*map(float, three)) for three in zip(*ends, strict=True)]


def beyond(
    fit: Fit, changed: Sequence[tuple[float, float]], plain: Sequence[tuple[float, float]]
) -> tuple[float, float, float] | None:
    """What a method gains out of distribution beyond what its gain in distribution explains (effective robustness, Taori et al. 2020).

    Args:
        fit: of the baseline's models.
        changed: scores in and out of distribution of the method's models, one a seed.
        plain: of the baseline's, seed by seed.

    Returns:
        The mean over seeds and its 95 % interval, which holds the spread over seeds (Student's) and that of the fitted shape over resamples. None
        for fewer than two seeds, where a score lies outside those that were fitted, and where the axis is not raw.
    """
    from scipy.stats import t

    inside = np.array([[one[0] for one in some] for some in (changed, plain)], dtype=float)
    outside = np.array([[one[1] for one in some] for some in (changed, plain)], dtype=float)
    seeds = inside.shape[1]
    if seeds < 2 or fit.axis != "raw" or inside.min() < fit.low or inside.max() > fit.high:
        return None
    explained = predicted(fit.coefficients, inside[0]) - predicted(fit.coefficients, inside[1])
    left = outside[0] - outside[1] - explained[0]
    of_seeds = t.ppf(0.975, seeds - 1) * left.std(ddof=1) / np.sqrt(seeds)
    half = float(np.hypot(of_seeds, 1.96 * explained[1:].mean(axis=1).std()))
    mean = float(left.mean())
    return mean, mean - half, mean + half
