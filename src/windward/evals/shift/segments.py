"""A constant, a line, and a line with a knee, by least squares in closed form, for many weightings of the same points at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PARAMETERS = (2, 3, 5)
"""Of a constant, a line and a line with a knee: the variance is one of each, the place of the knee one of the last."""
_LEAST_VARIANCE = 1e-10
"""Residuals smaller than 1e-5 are rounding: points that lie exactly on a line have a finite criterion."""
_SINGULAR = 1e-9


@dataclass(frozen=True, eq=False)
class Segments:
    """Fits of ``y = intercept + before * x + change * max(x - knee, 0)``, one a weighting (d of them).

    Attributes:
        mean: [d] of y: the constant.
        slope: [d] of the line.
        offset: [d] of the line at x = 0.
        knee: [d] of the best of the knees tried; NaN where none was.
        intercept: [d] at x = 0, of the line with the knee.
        before: [d] slope before the knee.
        change: [d] of the slope at the knee.
        changes: [d, g] the same at each of the knees tried.
        rss: [d, 3] weighted sums of squared residuals: constant, line, knee.
    """

    mean: Floats
    slope: Floats
    offset: Floats
    knee: Floats
    intercept: Floats
    before: Floats
    change: Floats
    changes: Floats
    rss: Floats

    @property
    def after(self) -> Floats:
        """[d] slope after the knee."""
        return self.before + self.change

    def coefficients(self, shape: NDArray[np.int64]) -> Floats:
        """[d, 4] intercept, before, change and knee of the shape (0 constant, 1 line, 2 knee) that each weighting takes."""
        nothing = np.zeros_like(self.mean)
        of = (
            np.stack([self.mean, nothing, nothing, nothing], axis=1),
            np.stack([self.offset, self.slope, nothing, nothing], axis=1),
            np.stack([self.intercept, self.before, self.change, np.nan_to_num(self.knee)], axis=1),
        )
        return np.stack(of)[shape, np.arange(len(shape))]


def fit_segments(x: Floats, y: Floats, weights: Floats, knees: Floats) -> Segments:
    """Fits the three shapes under each weighting, the knee being the best of those given.

    With x and y freed of constant and line, the knee's hinge explains ``(h . y)^2 / (h . h)`` of what is left (Frisch-Waugh-Lovell), so
    that all knees under all weightings cost four products of matrices.

    Args:
        x: [n].
        y: [n].
        weights: [d, n], not negative; a resample is a row of counts.
        knees: [g] places to try; none is allowed.
    """
    middle, height = x.mean(), y.mean()
    x, y, knees = x - middle, y - height, knees - middle
    total = weights.sum(axis=1)
    mean_x, mean_y = weights @ x / total, weights @ y / total
    spread = np.maximum(weights @ (x * x) - total * mean_x**2, 0.0)
    covered = weights @ (x * y) - total * mean_x * mean_y
    flat = np.maximum(weights @ (y * y) - total * mean_y**2, 0.0)
    slope = np.divide(covered, spread, out=np.zeros_like(covered), where=spread > _SINGULAR)
    line = np.maximum(flat - slope * covered, 0.0)

    hinge = np.maximum(x[:, None] - knees[None, :], 0.0)  # [n, g]
    sums = weights @ hinge  # [d, g]
    with_x = weights @ (hinge * x[:, None]) - sums * mean_x[:, None]
    with_y = weights @ (hinge * y[:, None]) - sums * mean_y[:, None]
    own = weights @ (hinge * hinge) - sums**2 / total[:, None]
    tilt = np.divide(with_x, spread[:, None], out=np.zeros_like(with_x), where=spread[:, None] > _SINGULAR)
    left = own - tilt * with_x
    known = left > _SINGULAR * np.maximum(own, _SINGULAR)
    explained = with_y - with_x * slope[:, None]
    changes = np.divide(explained, left, out=np.zeros_like(left), where=known)

    rows = np.arange(len(total))
    if knees.size:
        best = np.argmax(changes * explained, axis=1)
        change, knee = changes[rows, best], knees[best]
        before = slope - change * tilt[rows, best]
        mean_hinge = sums[rows, best] / total
        gain = change * explained[rows, best]
    else:
        change, knee = np.zeros_like(slope), np.full_like(slope, np.nan)
        before, mean_hinge, gain = slope, np.zeros_like(slope), np.zeros_like(slope)
    return Segments(
        mean=mean_y + height,
        slope=slope,
        offset=mean_y + height - slope * (mean_x + middle),
        knee=knee + middle,
        intercept=mean_y + height - before * (mean_x + middle) - change * mean_hinge,
        before=before,
        change=change,
        changes=changes,
        rss=np.stack([flat, line, np.maximum(line - gain, 0.0)], axis=1),
    )


def predicted(coefficients: Floats, x: Floats) -> Floats:
    """[d, n] what each row of intercept, before, change and knee gives at x."""
    intercept, before, change, knee = (column[:, None] for column in coefficients.T)
    made: Floats = intercept + before * x + change * np.maximum(x - knee, 0.0)
    return made


def criterion(rss: Floats, total: Floats, effective: Floats) -> Floats:
    """[d, 3] Bayesian information criterion of a constant, a line and a knee (Schwarz 1978), less what they share.

    Args:
        rss: [d, 3] of `Segments`.
        total: [d] sum of the weights.
        effective: [d] points that are as good as independent ones.
    """
    variance = np.maximum(rss / total[:, None], _LEAST_VARIANCE)
    bic: Floats = effective[:, None] * np.log(variance) + np.array(PARAMETERS) * np.log(effective)[:, None]
    return bic


def knees_to_try(x: Floats, *, side: int, steps: int) -> Floats:
    """Places of a knee with at least `side` points, three of them different, before it and after it; none where there are too few.

    Args:
        x: [n] sorted.
        side: points on either side at least.
        steps: places.
    """
    different = np.unique(x)
    if len(x) < 2 * side or len(different) < 6:
        return np.empty(0)
    low, high = max(x[side - 1], different[2]), min(x[-side], different[-3])
    return np.linspace(low, high, steps) if low < high else np.empty(0)
