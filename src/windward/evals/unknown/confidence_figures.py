"""Is a model's confidence worth anything: each elicitation against what came true, half by half and between the halves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from windward.evals.unknown.confidence.scales import (
    ONE_TO_FIVE,
    ZERO_TO_TEN,
    Confidence,
    ConfidenceScale,
    one_scale,
)
from windward.evals.unknown.measured import Half, Measured
from windward.evals.unknown.metrics import (
    Bootstrap,
    Measure,
    aurc_of,
    auroc_of,
    bootstrap,
    brier_of,
    calibration_error_of,
    level_calibration_error_of,
    optimal_area,
    pearson_of,
    reliability,
    risk_coverage,
    spearman,
)
from windward.evals.unknown.metrics.correlation import level_pearson_of
from windward.evals.unknown.records import SYSTEM
from windward.evals.unknown.refusal_figures import BOTH
from windward.rows import Result

BINS = 10
COVERAGES = tuple(number / 20 for number in range(1, 21))


@dataclass(frozen=True)
class _Asked:
    """One elicitation on one half: values of the rows that have one, and which rows these are."""

    measured: Measured
    half: Half
    method: str
    scale: ConfidenceScale
    values: list[float]
    places: list[int]
    missing: Counter[str]

    @property
    def told(self) -> dict[str, Any]:
        return {**self.measured.told, "method": self.method, "scale": self.scale.name}

    def row(
        self, metric: str, value: float, told: Mapping[str, Any] | None = None, stderr: float | None = None
    ) -> Result:
        """A figure; the denominator holds what has no confidence, which `unparsed` counts."""
        return Result(
            SYSTEM,
            self.measured.model,
            self.half.dataset,
            self.half.split,
            metric,
            value,
            len(self.half.answered),
            {**self.told, **(told or {})},
            stderr,
            self.missing.total(),
        )

    def drawn(self, metric: str, found: Bootstrap, told: Mapping[str, Any]) -> Iterable[Result]:
        """A figure with its bootstrap; none where it is not defined."""
        if found.value is not None:
            yield self.row(metric, found.value, {**told, **spread(found)}, found.stderr)


def confidence_results(measured: Measured) -> list[Result]:
    """All figures of all elicitations.

    For each half: `confidence_mean`, `confidence_missing_rate` (and by reason), `confidence_histogram`; against each target
    `confidence_accuracy_correlation` (`by` item: Pearson and Spearman; by level where the scale has levels) and `auroc`. The target is `correct` where the
    half names right answers; elsewhere `refused`, as in the paper, where a good model's figure is negative (AUROC below 0.5). Against
    `correct` also `ece`, `brier`, `aurc`, `risk_coverage` and `reliability`; where the scale has no ends only those that need an order.
    Between the halves of a set: `answerable_auroc`.

    Raises:
        ScaleError: the values of one elicitation are of several scales.
    """
    results: list[Result] = []
    between: dict[tuple[str, str], dict[str, _Asked]] = {}
    for half in measured.halves:
        for method in dict.fromkeys(name for one in half.answered for name in one.confidences):
            asked = _asked(measured, half, method)
            results += _means(asked)
            if asked.values:
                results += _against_targets(asked)
                between.setdefault((half.dataset, method), {})[half.split] = asked
    for halves in between.values():
        if len(halves) == 2:
            results += _between(halves["answerable"], halves["unanswerable"])
    return results


def _asked(measured: Measured, half: Half, method: str) -> _Asked:
    given = [one.confidences.get(method) for one in half.answered]
    scale = one_scale(one for one in given if one is not None)
    places = [place for place, one in enumerate(given) if one is not None and one.value is not None]
    missing = Counter(_why(one) for one in given if one is None or one.value is None)
    values = [value for one in given if one is not None and (value := one.value) is not None]
    return _Asked(measured, half, method, scale, values, places, missing)


def _why(confidence: Confidence | None) -> str:
    return "not asked" if confidence is None else confidence.absent or "no value"


def _shares(asked: _Asked) -> list[float]:
    """As shares of the scale where it has ends; else as they are."""
    return [asked.scale.unit(value) for value in asked.values] if asked.scale.bounded else asked.values


def _means(asked: _Asked) -> Iterable[Result]:
    n = len(asked.half.answered)
    lost = asked.missing.total() / n
    yield asked.row("confidence_missing_rate", lost, None, (lost * (1 - lost) / n) ** 0.5)
    for why, count in sorted(asked.missing.items()):
        yield asked.row("confidence_missing_rate", count / n, {"absent": why})
    if not asked.values:
        return
    import numpy as np

    shares = np.array(_shares(asked))
    stderr = float(shares.std(ddof=1) / len(shares) ** 0.5) if len(shares) > 1 else None
    yield asked.row("confidence_mean", float(shares.mean()), None, stderr)
    counts, edges = np.histogram(shares, bins=BINS, range=(0, 1) if asked.scale.bounded else None)
    for count, low, high in zip(counts, edges, edges[1:], strict=False):
        told = {"low_edge": float(low), "high_edge": float(high)}
        yield asked.row("confidence_histogram", float(count) / n, told)


def _against_targets(asked: _Asked) -> Iterable[Result]:
    if asked.half.has_references:
        for rule, right in asked.half.correct.items():
            flags = [right[place] for place in asked.places]
            yield from _ranked(asked, flags, {"target": "correct", "rule": rule})
            yield from _calibrated(asked, flags, {"target": "correct", "rule": rule})
    else:
        for detector, verdicts in asked.half.verdicts.items():
            flags = [verdicts[place].refused is True for place in asked.places]
            yield from _ranked(asked, flags, {"target": "refused", "detector": detector})


def _ranked(asked: _Asked, flags: Sequence[bool], told: Mapping[str, Any]) -> Iterable[Result]:
    measures: dict[str, Measure] = {"item": pearson_of, "auroc": auroc_of}
    levels = _levels(asked)
    if levels:
        measures |= {
            "level": level_pearson_of(levels),
            "level, weighted": level_pearson_of(levels, weighted=True),
        }
    # Correlations do not depend on the unit: levels keep their own.
    found = bootstrap(measures, asked.values, flags, seed=asked.measured.seed)
    yield from asked.drawn("confidence_accuracy_correlation", found["item"], {**told, "by": "item"})
    ranked = spearman(asked.values, flags)
    if ranked is not None:
        yield asked.row("confidence_accuracy_rank_correlation", ranked, {**told, "by": "item"})
    for name in ("level", "level, weighted"):
        if name in found:
            yield from asked.drawn(
                "confidence_accuracy_correlation_by_level", found[name], {**told, "by": name}
            )
    yield from asked.drawn("auroc", found["auroc"], told)


def _levels(asked: _Asked) -> tuple[float, ...]:
    """Where confidence was given in whole numbers of a short scale, these; a scale to 100 has too many to compare rates."""
    scale = asked.scale
    if scale not in (ZERO_TO_TEN, ONE_TO_FIVE) or any(value != int(value) for value in asked.values):
        return ()
    return tuple(range(int(scale.low), int(scale.high) + 1))


def _calibrated(asked: _Asked, flags: Sequence[bool], told: Mapping[str, Any]) -> Iterable[Result]:
    shares = _shares(asked)
    measures: dict[str, Measure] = {"aurc": aurc_of}
    if asked.scale.bounded:
        measures |= {
            "by level": level_calibration_error_of,
            "ece": calibration_error_of(BINS),
            "brier": brier_of,
        }
    found = bootstrap(measures, shares, flags, seed=asked.measured.seed)
    if asked.scale.bounded:
        yield from asked.drawn("ece", found["by level"], {**told, "bins": "levels"})
        yield from asked.drawn("ece", found["ece"], {**told, "bins": BINS})
        yield from asked.drawn("brier", found["brier"], told)
        for one in reliability(shares, flags, BINS):
            if one.rate is not None and one.interval is not None:
                about = {
                    **told,
                    "low_edge": one.low,
                    "high_edge": one.high,
                    "mean_confidence": one.confidence,
                    "items": one.n,
                    "low": one.interval.low,
                    "high": one.interval.high,
                }
                yield asked.row("reliability", one.rate, about)
    best = {"optimal": optimal_area(flags)}
    yield from asked.drawn("aurc", found["aurc"], {**told, **best})
    curve = risk_coverage(shares, flags)
    for coverage in COVERAGES:
        yield asked.row("risk_coverage", curve.at(coverage), {**told, "coverage": coverage})


def _between(answerable: _Asked, unanswerable: _Asked) -> Iterable[Result]:
    """Whether the confidence is higher where there is an answer."""
    one_scale(Confidence(None, one.scale) for one in (answerable, unanswerable))
    values = [*answerable.values, *unanswerable.values]
    flags = [True] * len(answerable.values) + [False] * len(unanswerable.values)
    found = bootstrap({"auroc": auroc_of}, values, flags, seed=answerable.measured.seed)["auroc"]
    if found.value is not None:
        yield Result(
            SYSTEM,
            answerable.measured.model,
            answerable.half.dataset,
            BOTH,
            "answerable_auroc",
            found.value,
            len(answerable.half.answered) + len(unanswerable.half.answered),
            {**answerable.told, **spread(found)},
            found.stderr,
            answerable.missing.total() + unanswerable.missing.total(),
        )


def spread(found: Bootstrap) -> dict[str, Any]:
    """A bootstrap's interval, and how it was drawn, for `condition`."""
    within = {} if found.low is None else {"low": found.low, "high": found.high}
    return within | {"seed": found.seed, "draws": found.draws, "undefined": found.undefined}
