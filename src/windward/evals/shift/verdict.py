"""From fits of the points and of their resamples to a verdict, and the reasons for it or against it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from windward.evals.shift.axes import AXES, Axis
from windward.evals.shift.fit import (
    FEWEST_POINTS,
    FEWEST_RUNS,
    LEAST_RANGE,
    SHAPES,
    Candidate,
    Fit,
    Rule,
    Span,
    Type,
)
from windward.evals.shift.resampling import span_of
from windward.evals.shift.segments import PARAMETERS, Floats, Segments, criterion


def types(shape: NDArray[np.int64], fit: Segments) -> list[Type]:
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
class Judged:
    """All that a verdict is made of.

    Attributes:
        rule: what must hold.
        x: [n] scores in distribution, on the axis, sorted.
        knees: [g] places that were tried.
        one: the fit of the points.
        again: the fits of the resamples.
        counts: [draws, n] how often each point was drawn.
        weights: [n] of the points.
        effective: points that are as good as independent ones.
        runs: groups that were drawn whole; None where points were drawn alone.
        axis: of both scores.
        ends: least and greatest score in distribution, as they are.
        seed: of the resamples.
        ranks: rank correlation.
    """

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
        """The verdict with all figures."""
        n = len(self.x)
        bic = criterion(self.one.rss, np.array([self.weights.sum()]), np.array([self.effective]))[0]
        shape = int(self._shown(bic[None, :])[0])
        (nearest,) = types(np.array([shape]), self.one)
        drawn = self._drawn()
        again = types(self._shown(drawn), self.again)
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
        return span_of(np.concatenate([getattr(self.one, name), getattr(self.again, name)]))

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
