"""What is said of a cloud of models: the types, the figures they rest on, and the rule by which one is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from windward.evals.shift.axes import Axis
from windward.evals.shift.segments import Floats

Type = Literal[
    "type I", "type II", "type III", "falling line", "falling with a knee", "inverted V", "saturating", "flat"
]
Verdict = Type | Literal["undetermined"]
SHAPES = ("constant", "line", "knee")

MARGIN = 6.0
"""Difference of the criterion from which a knee is shown: `strong` evidence (Kass & Raftery 1995)."""
SHARE = 0.6
"""Resamples that must come to the same type."""
TOLERANCE = 1.0
"""A line is one only if a change of slope in its middle half is shown to be less than this part of the slope."""
FEWEST_POINTS, FEWEST_RUNS, LEAST_RANGE = 12, 5, 0.1
"""Below these nothing is decided."""
SIDE = 5
"""Points before and after a knee at least, or a tenth of all where that is more."""


class Span(NamedTuple):
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def covers_zero(self) -> bool:
        """Whether its sign is not known; also where there is no interval."""
        return not (self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class Rule:
    """What must hold before a type is named.

    Attributes:
        margin: difference of the criterion from which a knee is shown.
        share: of the resamples that must come to the same type.
        tolerance: part of a line's slope that its change may be, at most.
        draws: resamples.
    """

    margin: float = MARGIN
    share: float = SHARE
    tolerance: float = TOLERANCE
    draws: int = 1000


@dataclass(frozen=True)
class Candidate:
    """A shape that was fitted.

    Attributes:
        shape: constant, line or knee.
        parameters: of it; the variance is one, and so is the place of the knee.
        rmse: root of the mean squared residual.
        bic: the criterion; less is better, and only differences mean something.
    """

    shape: str
    parameters: int
    rmse: float
    bic: float


@dataclass(frozen=True, eq=False)
class Fit:
    """What scores out of distribution do over the score in distribution.

    Attributes:
        verdict: the type, or `undetermined`.
        nearest: the type of the best shape, whether the points suffice to name it or not.
        reasons: what keeps the nearest type from being the verdict, or what the verdict rests on.
        shape: constant, line or knee: the one with the least criterion, a knee only where it is better by the margin.
        candidates: the three shapes.
        slope: of the one line; slopes are points out of distribution a point in distribution (on the axes that were chosen).
        before: slope before the knee.
        after: slope after it.
        knee: where it is, as a score.
        share: of the resamples that come to the nearest type.
        spearman: rank correlation.
        n: points.
        runs: groups that were drawn whole; None where points were drawn alone.
        effective: points that are as good as independent ones.
        axis: raw, logit or probit.
        low: least score in distribution.
        high: greatest.
        seed: of the resamples.
        deviation: standard deviation of the points around the nearest shape, on the axis.
        coefficients: [1 + draws, 4] intercept, before, change and knee: of the points, then of each resample by the shape that it
            prefers.
    """

    verdict: Verdict
    nearest: Type
    reasons: tuple[str, ...]
    shape: str
    candidates: tuple[Candidate, ...]
    slope: Span
    before: Span
    after: Span
    knee: Span
    share: float
    spearman: Span
    n: int
    runs: int | None
    effective: float
    axis: Axis
    low: float
    high: float
    seed: int
    deviation: float
    coefficients: Floats
