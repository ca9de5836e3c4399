"""Fits as rows of the result table, from which the page draws them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from windward.evals.shift.axes import Axis
from windward.evals.shift.effects import BASELINE
from windward.evals.shift.fit import FEWEST_POINTS, Fit, Rule, Span
from windward.evals.shift.forecast import beyond, curve
from windward.evals.shift.points import SYSTEM, Point, by_curve, fit_points, points
from windward.rows import Result

VERDICT, CRITERION, SLOPE, KNEE = "curve_verdict", "curve_bic", "curve_slope", "curve_knee"
RANK, FORECAST, POINT, BEYOND = "curve_spearman", "curve_forecast", "curve_point", "curve_beyond"
FEWEST = 3
"""Points that a curve has at least."""
_PLACES = 41


def curve_results(
    results: Sequence[Result],
    *,
    method: str = BASELINE,
    axis: Axis = "raw",
    rule: Rule | None = None,
    seed: int = 0,
) -> list[Result]:
    """The fits of all curves in a table of scores, as rows; none of sets with fewer than three points.

    A curve is fitted to the models that were trained by `method`. The others stand beside it: whether a method does more than its score in
    distribution lets one expect is seen by where they lie (effective robustness, Taori et al. 2020).

    Args:
        results: rows of system `shift`.
        method: of the points that are fitted; where there are fewer than three such points, all are.
        axis: of `correlate`.
        rule: of `correlate`.
        seed: of the resamples.

    Raises:
        ShiftError: as `points` and `correlate`.
    """
    found = []
    for every in by_curve(points(results)).values():
        if len(every) < FEWEST:
            continue
        own = [point for point in every if point.method == method]
        plain = own if len(own) >= FEWEST else every
        beside = [point for point in every if point.method != method] if len(plain) < len(every) else []
        found += fit_results(plain, fit_points(plain, axis=axis, rule=rule, seed=seed), beside=beside)
    return found


def fit_results(some: Sequence[Point], fit: Fit, *, beside: Sequence[Point] = ()) -> list[Result]:
    """One fit as rows of the set out of distribution.

    `curve_verdict` is the share of resamples that come to the nearest type; its condition has `verdict`, `nearest` and `reasons`. Beside it
    stand `curve_bic` by `shape`, `curve_slope` by `segment` (whole, before, after), `curve_knee`, `curve_spearman`, `curve_forecast`
    at 41 scores in distribution (`at`) with its interval, `curve_point`, the score of each model with its `id_score`, and `curve_beyond`, by
    `method` of the points beside the curve: what they gain beyond it.

    Args:
        some: the points that were fitted.
        fit: of them.
        beside: points of the same curve that were not.
    """
    one = some[0]
    model = ", ".join(dict.fromkeys(point.model for point in some))
    told = {"task": one.task, "id": one.id, "of": one.metric}

    def row(metric: str, value: float, **more: Any) -> Result:
        return Result(SYSTEM, model, one.ood, "test", metric, value, fit.n, told | {"axis": fit.axis} | more)

    def span(metric: str, found: Span, **more: Any) -> Result:
        return row(metric, found.value, **more, low=found.low, high=found.high)

    verdict = row(
        VERDICT,
        fit.share,
        verdict=fit.verdict,
        nearest=fit.nearest,
        reasons=list(fit.reasons),
        runs=fit.runs,
        effective=fit.effective,
        id_low=fit.low,
        id_high=fit.high,
        rank=list(fit.spearman) if fit.n >= FEWEST_POINTS else [],  # of three points it may be 1 by chance
        seed=fit.seed,
    )
    shapes = [
        row(
            CRITERION,
            each.bic,
            shape=each.shape,
            parameters=each.parameters,
            rmse=each.rmse,
            taken=each.shape == fit.shape,
        )
        for each in fit.candidates
    ]
    slopes = [
        span(SLOPE, getattr(fit, name), segment=segment)
        for name, segment in (("slope", "whole"), ("before", "before"), ("after", "after"))
    ]
    places = [float(place) for place in np.linspace(fit.low, fit.high, _PLACES)]
    drawn = [
        row(FORECAST, made.ood, at=place, low=made.low, high=made.high)
        for place, made in zip(places, curve(fit, places), strict=True)
    ]
    shown = [_point(point, told, fitted=True) for point in some]
    shown += [_point(point, told, fitted=False) for point in beside]
    figures = [
        *shapes,
        *slopes,
        span(KNEE, fit.knee),
        span(RANK, fit.spearman),
        *_beyond(fit, some, beside, told),
    ]
    return [verdict, *figures, *drawn, *shown]


def _beyond(fit: Fit, some: Sequence[Point], beside: Sequence[Point], told: dict[str, str]) -> list[Result]:
    """By model and method, what is gained beyond the curve over the fitted models of factor `method`, seed by seed."""
    plain = {(point.model, point.seed): point for point in some if point.factor == "method"}
    kinds: dict[tuple[str, str], list[Point]] = {}
    for point in beside:
        if point.factor == "method" and (point.model, point.seed) in plain:
            kinds.setdefault((point.model, point.method), []).append(point)
    rows = []
    for (model, method), changed in kinds.items():
        against = [plain[model, point.seed] for point in changed]
        found = beyond(
            fit, *([(one.id_score, one.ood_score) for one in points_of] for points_of in (changed, against))
        )
        if found is not None:
            value, low, high = found
            condition: dict[str, Any] = told | {
                "method": method,
                "low": low,
                "high": high,
                "seeds": len(changed),
            }
            rows.append(
                Result(SYSTEM, model, changed[0].ood, "test", BEYOND, value, changed[0].ood_n, condition)
            )
    return rows


def _point(point: Point, told: dict[str, str], *, fitted: bool) -> Result:
    condition: dict[str, Any] = told | {
        "id_score": point.id_score,
        "factor": point.factor,
        "value": point.value,
        "method": point.method,
        "seed": point.seed,
        "run": point.run,
        "fitted": fitted,
    }
    return Result(SYSTEM, point.model, point.ood, "test", POINT, point.ood_score, point.ood_n, condition,
                  point.ood_stderr)  # fmt: skip
