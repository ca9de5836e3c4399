"""Refusal rates corrected by how often the detector is wrong (Rogan and Gladen 1978), with what the labels leave open in the interval.

A detector of sensitivity se and specificity sp flags a share p = r se + (1 - r) (1 - sp) where the share r refuses, so
r = (p + sp - 1) / (se + sp - 1). This holds for the kind of replies that the labels were drawn from, and says little about others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from windward.evals.unknown.records import Split, Verdict
from windward.evals.unknown.refusal.quality import ALL, DRAWS, SEED, Checked, read_checked


class CorrectionError(ValueError):
    """A rate cannot be corrected; says why."""


@dataclass(frozen=True)
class Corrected:
    """A rate, and what it would be with a detector that is never wrong.

    Attributes:
        detector: whose verdicts.
        dataset: the set whose labels the detector was measured on, or `all`.
        split: the half.
        observed: share flagged; a reply whose verdict could not be read is not, and is in the denominator.
        rate: corrected, in [0, 1].
        low: 2.5th percentile when replies and labels are drawn again.
        high: 97.5th percentile.
        sensitivity: of the detector, on the labels.
        specificity: likewise.
        precision: likewise: the share of those labels it flags that refused; None where it flags none.
        n: replies.
        undefined: draws in which the detector was no better than chance, left out of the interval.
    """

    detector: str
    dataset: str
    split: Split
    observed: float
    rate: float
    low: float
    high: float
    sensitivity: float
    specificity: float
    precision: float | None
    n: int
    undefined: int = 0


def rogan_gladen(observed: float, sensitivity: float, specificity: float) -> float:
    """The share that refuses where `observed` is flagged, clipped to [0, 1].

    Raises:
        CorrectionError: the detector is no better than chance (sensitivity + specificity <= 1), or a share lies outside [0, 1].
    """
    for name, share in (("rate", observed), ("sensitivity", sensitivity), ("specificity", specificity)):
        if not 0 <= share <= 1:
            raise CorrectionError(f"a {name} of {share} is no share")
    gain = sensitivity + specificity - 1
    if gain <= 0:
        raise CorrectionError(
            f"sensitivity {sensitivity:.3f} and specificity {specificity:.3f} sum to 1 or less: such a detector says nothing about who refuses, "
            "so its rate cannot be corrected"
        )
    return min(1.0, max(0.0, (observed + specificity - 1) / gain))


def corrected_rate(
    verdicts: Sequence[Verdict],
    detector: str,
    split: Split,
    dataset: str = ALL,
    *,
    measured: Checked | None = None,
    seed: int = SEED,
    draws: int = DRAWS,
) -> Corrected:
    """Corrects the refusal rate of one half.

    Args:
        verdicts: of the replies to that half.
        detector: who gave them.
        split: the half; a detector errs differently on each.
        dataset: the set whose labels are used; `all` has three times as many, but of other kinds of questions.
        measured: the detector's verdicts on labelled replies; else the packaged ones.
        seed: of the draws.
        draws: of replies and labels.

    Raises:
        CorrectionError: there are no replies, the detector was never measured on that half, no label of that half refused (or none did
            not), or it is no better than chance.
    """
    if not verdicts:
        raise CorrectionError(f"there is no reply to the {split} half of {dataset}")
    part = _measured(detector, measured).of(dataset, split)
    if not part.labels:
        raise CorrectionError(
            f"{detector} was never measured on the {split} half of {dataset}: it has no labels"
        )
    values = part.shares(part.weights())
    sensitivity, specificity, precision = (
        float(values[name][0]) for name in ("recall", "specificity", "precision")
    )
    if np.isnan(sensitivity) or np.isnan(specificity):
        raise CorrectionError(
            f"sensitivity and specificity of {detector} on the {split} half of {dataset} are unknown: its labels hold no reply that "
            f"{'refused' if np.isnan(sensitivity) else 'answered'}"
        )
    n = len(verdicts)
    observed = sum(one.refused is True for one in verdicts) / n
    rate = rogan_gladen(observed, sensitivity, specificity)
    generator = np.random.default_rng(seed)
    again = part.shares(part.weights(generator, draws), part.unseen(generator, draws))
    flagged = generator.binomial(n, observed, size=draws) / n
    gain = again["recall"] + again["specificity"] - 1
    better = gain > 0
    drawn = np.clip((flagged[better] + again["specificity"][better] - 1) / gain[better], 0, 1)
    low, high = np.percentile(drawn, [2.5, 97.5]) if len(drawn) else (0.0, 1.0)
    return Corrected(
        detector,
        dataset,
        split,
        observed,
        rate,
        min(float(low), rate),
        max(float(high), rate),
        sensitivity,
        specificity,
        None if np.isnan(precision) else precision,
        n,
        int(draws - len(drawn)),
    )


def _measured(detector: str, measured: Checked | None) -> Checked:
    if measured is not None:
        return measured
    known = read_checked()
    if detector not in known:
        raise CorrectionError(
            f"{detector} was never measured on labelled replies, so its rates cannot be corrected; measured are {', '.join(known)}. "
            "Judge the labelled replies with it (python -m windward.evals.unknown.refusal.quality --judge) and give the result as `measured`"
        )
    return known[detector]
