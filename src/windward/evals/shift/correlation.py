"""How scores out of distribution follow the score in distribution: one line, a knee, a V, or not decided (BOSS, section 4).

Yuan et al. (2023) tell three types apart by eye: *I*, one rising line; *II*, rising, and steeper after a knee; *III*, falling, then rising. Here
a constant, a line and a continuous line with a knee are fitted by least squares and compared by the Bayesian information criterion, the points
are drawn again (whole training runs together) for intervals, and a type is named only where all of this agrees. What would decide and does not
is given as reasons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from windward.evals.shift.axes import AXES, Axis
from windward.evals.shift.segments import (
    PARAMETERS,
    Floats,
    Segments,
    criterion,
    fit_segments,
    knees_to_try,
)
from windward.evals.shift.spearman import spearman
from windward.evals.shift.task import ShiftError

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
_STEPS = 64
_REFINED = 33


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
    counts, runs = _resamples(told if groups is not None else None, len(x), rule.draws, seed)
    knees = knees_to_try(x, side=max(SIDE, len(x) // 10), steps=_STEPS)
    one = _of_points(x, y, weights, knees)
    effective = _effective(x, y, one, told if groups is not None else None)
    again = fit_segments(x, y, counts * weights, knees)
    return _Judged(rule, x, knees, one, again, counts, weights, effective, runs, axis, (low, high), seed,
                   _span(spearman(x, y, np.concatenate([np.ones((1, len(x))), counts])))).fit()  # fmt: skip


def _checked(
    id_scores: ArrayLike, ood_scores: ArrayLike, groups: Sequence[object] | None, stderrs: ArrayLike | None
) -> tuple[Floats, Floats, NDArray[np.str_], Floats]:
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


def _resamples(told: NDArray[np.str_] | None, n: int, draws: int, seed: int) -> tuple[Floats, int | None]:
    """[draws, n] how often each point was drawn, and the number of groups that were drawn whole."""
    names, of = (np.arange(n), np.arange(n)) if told is None else np.unique(told, return_inverse=True)
    picks = np.random.default_rng(seed).integers(0, len(names), size=(draws, len(names)))
    picks += np.arange(draws)[:, None] * len(names)
    counts = np.bincount(picks.ravel(), minlength=draws * len(names)).reshape(draws, len(names))
    return counts[:, of].astype(float), None if told is None else len(names)


def _of_points(x: Floats, y: Floats, weights: Floats, knees: Floats) -> Segments:
    """The fit of the points themselves, its knee refined between the places that were tried."""
    rough = fit_segments(x, y, weights[None, :], knees)
    if len(knees) < 2 or np.isnan(rough.knee[0]):
        return rough
    step = knees[1] - knees[0]
    close = np.clip(rough.knee[0] + np.linspace(-step, step, _REFINED), knees[0], knees[-1])
    return fit_segments(x, y, weights[None, :], close)


def _effective(x: Floats, y: Floats, fit: Segments, told: NDArray[np.str_] | None) -> float:
    """Points over the design effect ``1 + (m - 1) r`` of groups of size m whose residuals correlate by r (Kish 1965)."""
    n = len(x)
    if told is None:
        return float(n)
    shape = np.array([2 if not np.isnan(fit.knee[0]) else 1])
    left = y - predicted(fit.coefficients(shape), x)[0]
    _, of, sizes = np.unique(told, return_inverse=True, return_counts=True)
    groups = len(sizes)
    if groups < 2 or groups == n:
        return float(n)
    means = np.bincount(of, left) / sizes
    between = float((sizes * (means - left.mean()) ** 2).sum() / (groups - 1))
    within = float(((left - means[of]) ** 2).sum() / (n - groups))
    size = (n - float((sizes**2).sum()) / n) / (groups - 1)
    total = between + (size - 1) * within
    related = min(max((between - within) / total, 0.0), 1.0) if total > 0 else 0.0
    weighed = float((sizes**2).sum()) / n
    return n / (1 + (weighed - 1) * related)


def predicted(coefficients: Floats, x: Floats) -> Floats:
    """[d, n] what each row of intercept, before, change and knee gives at x."""
    intercept, before, change, knee = (column[:, None] for column in coefficients.T)
    made: Floats = intercept + before * x + change * np.maximum(x - knee, 0.0)
    return made


def _span(values: Floats) -> Span:
    """The first value, and the percentiles of the others."""
    drawn = values[1:][~np.isnan(values[1:])]
    if np.isnan(values[0]) or len(drawn) < 2:
        return Span(float(values[0]), float("nan"), float("nan"))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Span(float(values[0]), float(low), float(high))


def _types(shape: NDArray[np.int64], fit: Segments) -> list[Type]:
    """The type of each weighting by its shape (0 constant, 1 line, 2 knee) and the signs of its slopes."""
    named: list[Type] = []
    for kind, slope, before, after in zip(shape, fit.slope, fit.before, fit.after, strict=True):
        if kind == 0:
            named.append("flat")
        elif kind == 1:
            named.append("type I" if slope > 0 else "falling line")
        elif before < 0:
            named.append("type III" if after > 0 else "falling with a knee")
        elif after < 0:
            named.append("inverted V")
        else:
            named.append("type II" if after > before else "saturating")
    return named


@dataclass(frozen=True, eq=False)
class _Judged:
    """All that the verdict is made of."""

    rule: Rule
    x: Floats
    knees: Floats
    one: Segments
    again: Segments
    counts: Floats
    weights: Floats
    effective: float
    runs: int | None
    axis: Axis
    ends: tuple[float, float]
    seed: int
    ranks: Span

    def fit(self) -> Fit:
        n = len(self.x)
        bic = criterion(self.one.rss, np.array([self.weights.sum()]), np.array([self.effective]))[0]
        shape = int(self._shown(bic[None, :])[0])
        (nearest,) = _types(np.array([shape]), self.one)
        drawn = self._drawn()
        again = _types(self._shown(drawn), self.again)
        share = sum(one == nearest for one in again) / len(again)
        knee = self._both("knee")
        spans = {name: self._both(name) for name in ("slope", "before", "after")}
        against = self._against(shape, nearest, share, spans)
        total = self.weights.sum()
        deviation = np.sqrt(
            self.one.rss[0, shape] / total * self.effective / max(self.effective - PARAMETERS[shape] + 1, 1)
        )
        back = AXES[self.axis].back
        return Fit(
            verdict="undetermined" if against else nearest,
            nearest=nearest,
            reasons=against or self._for(bic, shape, nearest, share),
            shape=SHAPES[shape],
            candidates=tuple(
                Candidate(name, count, float(np.sqrt(rss / total)), float(value))
                for name, count, rss, value in zip(SHAPES, PARAMETERS, self.one.rss[0], bic, strict=True)
            ),
            slope=spans["slope"],
            before=spans["before"],
            after=spans["after"],
            knee=Span(*(float(back(np.array(end))) for end in knee)),
            share=share,
            spearman=self.ranks,
            n=n,
            runs=self.runs,
            effective=self.effective,
            axis=self.axis,
            low=self.ends[0],
            high=self.ends[1],
            seed=self.seed,
            deviation=float(deviation),
            coefficients=np.concatenate(
                [self.one.coefficients(np.array([shape])), self.again.coefficients(np.argmin(drawn, axis=1))]
            ),
        )

    def _both(self, name: str) -> Span:
        return _span(np.concatenate([getattr(self.one, name), getattr(self.again, name)]))

    def _drawn(self) -> Floats:
        """[draws, 3] the criterion of the resamples."""
        sizes = self.counts.sum(axis=1) * self.effective / len(self.x)
        return criterion(self.again.rss, (self.counts * self.weights).sum(axis=1), np.maximum(sizes, 3.0))

    def _shown(self, bic: Floats) -> NDArray[np.int64]:
        """[draws] the shape of each resample; a knee only with the margin."""
        plain = np.argmin(bic[:, :2], axis=1)
        return np.where(bic[:, :2].min(axis=1) - bic[:, 2] >= self.rule.margin, 2, plain)

    def _against(self, shape: int, nearest: Type, share: float, spans: dict[str, Span]) -> tuple[str, ...]:
        reasons = self._too_little()
        if shape == 2:
            for name in ("before", "after"):
                if spans[name].covers_zero:
                    reasons.append(f"the slope {name} the knee may have either sign: {_told(spans[name])}")
        else:
            if spans["slope"].covers_zero:
                reasons.append(f"the slope may have either sign: {_told(spans['slope'])}")
            elif shape == 0:
                reasons.append("a line fits no better than a constant")
            elif (bend := self._bend()) > self.rule.tolerance * abs(spans["slope"].value):
                reasons.append(
                    f"the points do not exclude a knee at which the slope of {spans['slope'].value:.2f} changes by {bend:.2f}"
                )
        if share < self.rule.share:
            reasons.append(
                f"{share:.0%} of {self.rule.draws:,} resamples come to {nearest}, which is less than {self.rule.share:.0%}"
            )
        return tuple(reasons)

    def _too_little(self) -> list[str]:
        reasons = []
        if len(self.x) < FEWEST_POINTS:
            reasons.append(f"{len(self.x)} points are fewer than {FEWEST_POINTS}")
        elif not len(self.knees):
            reasons.append("too few different scores in distribution to place a knee")
        if self.runs is not None and self.runs < FEWEST_RUNS:
            reasons.append(f"{self.runs} training runs are fewer than {FEWEST_RUNS}")
        if self.ends[1] - self.ends[0] < LEAST_RANGE:
            reasons.append(
                f"scores in distribution span {self.ends[1] - self.ends[0]:.3f}, which is less than {LEAST_RANGE:g}"
            )
        return reasons

    def _bend(self) -> float:
        """The greatest change of slope, in the middle half of the points, that is not excluded at 5 % either way; infinite where none was tried."""
        low, high = np.quantile(self.x, [0.25, 0.75])
        middle = (self.knees >= low) & (self.knees <= high)
        if not middle.any():
            return float("inf")
        ends = np.percentile(self.again.changes[:, middle], [5, 95], axis=0)
        return float(np.abs(ends).max())

    def _for(self, bic: Floats, shape: int, nearest: Type, share: float) -> tuple[str, ...]:
        if shape == 2:
            shown = f"a knee is better than none by {bic[:2].min() - bic[2]:.1f} of the criterion, at least {self.rule.margin:g} are asked for"
        else:
            shown = (
                f"a line is better than a constant by {bic[0] - bic[1]:.1f} of the criterion, and its slope changes by "
                f"{self._bend():.2f} at most"
            )
        return (
            shown,
            f"{share:.0%} of {self.rule.draws:,} resamples come to {nearest}",
        )


def _told(span: Span) -> str:
    return f"{span.value:.2f} ({span.low:.2f} to {span.high:.2f})"
