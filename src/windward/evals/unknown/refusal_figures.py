"""How often a model declines: on both halves, by every detector, and what lies between the halves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sqrt

from windward.evals.unknown.measured import Half, Measured
from windward.evals.unknown.records import DATASETS, SPLITS, SYSTEM, Split, Verdict
from windward.evals.unknown.refusal.corrected import CorrectionError, corrected_rate
from windward.evals.unknown.refusal.quality import ALL
from windward.reports.intervals import difference
from windward.rows import Result, select

BOTH = "both"
"""`split` of a figure over the two halves."""
POOLS: dict[str, tuple[Split, tuple[str, ...]]] = {
    "FalseQA + NEC": ("answerable", DATASETS[:2]),
    "all": ("unanswerable", DATASETS),
}
"""The sets that the released evaluation counts together on each half: RefuNQ's answerable half is kept out."""


def refusal_results(measured: Measured) -> list[Result]:
    """`refusal_rate` and `challenge_rate` of each half and detector, `refusal_difference` of each set, and the paper's pools.

    `refusal_rate_corrected` is the rate that a detector which is never wrong would have given (`refusal.corrected`), where the detector was
    measured on labelled replies: of the same set, or of all (`labels`) where these say too little.
    A reply that is missing or blank has not refused, and is in the denominator; so is one whose verdict could not be read (`unparsed`).
    `challenge_rate`, the share that says that the question rests on something false or not existing, is part of the refusals, as
    in the paper, and counted by itself where a detector tells it apart.
    """
    results: list[Result] = []
    halves = measured.halves
    for half in halves:
        for detector, verdicts in half.verdicts.items():
            results += _rates(measured, half.dataset, half.split, detector, verdicts)
            results += _corrected(measured, half, detector, verdicts)
    for dataset in dict.fromkeys(half.dataset for half in halves):
        for detector in measured.verdicts:
            results += _differences(results, dataset, dataset, detector, dataset)
    for detector in measured.verdicts:
        results += _pooled(measured, halves, detector)
    return results


def _rates(
    measured: Measured, dataset: str, split: Split, detector: str, verdicts: Sequence[Verdict]
) -> Iterable[Result]:
    told = {**measured.told, "detector": detector}
    unread = sum(one.refused is None for one in verdicts)
    n = len(verdicts)
    refused = sum(one.refused is True for one in verdicts) / n
    yield Result(
        SYSTEM, measured.model, dataset, split, "refusal_rate", refused, n, told, _stderr(refused, n), unread
    )
    if any(one.challenges is not None for one in verdicts):
        share = sum(one.challenges is True for one in verdicts) / n
        yield Result(
            SYSTEM,
            measured.model,
            dataset,
            split,
            "challenge_rate",
            share,
            n,
            told,
            _stderr(share, n),
            unread,
        )


def _corrected(
    measured: Measured, half: Half, detector: str, verdicts: Sequence[Verdict]
) -> Iterable[Result]:
    for labels in dict.fromkeys((half.dataset if half.dataset in DATASETS else ALL, ALL)):
        try:
            found = corrected_rate(verdicts, detector, half.split, labels, seed=measured.seed)
        except (
            CorrectionError
        ):  # too few labels of this kind, or a detector that nobody measured: there is no such row
            continue
        told = {
            **measured.told,
            "detector": detector,
            "labels": labels,
            "precision": found.precision,
            "recall": found.sensitivity,
            "specificity": found.specificity,
            "low": found.low,
            "high": found.high,
            "seed": measured.seed,
        }
        unread = sum(one.refused is None for one in verdicts)
        yield Result(
            SYSTEM,
            measured.model,
            half.dataset,
            half.split,
            "refusal_rate_corrected",
            found.rate,
            found.n,
            told,
            unparsed=unread,
        )
        return


def _differences(
    results: Sequence[Result], answerable: str, unanswerable: str, detector: str, shown: str
) -> Iterable[Result]:
    """Unanswerable less answerable, where both were asked; with Newcombe's interval."""
    pair = []
    for dataset, split in zip((answerable, unanswerable), SPLITS, strict=True):
        pair += select(
            results,
            dataset=dataset,
            split=split,
            metric="refusal_rate",
            condition={"detector": detector},
        )
    if len(pair) != 2:
        return
    low, high = pair
    within = difference(low, high)
    told = dict(high.condition) | {"answerable": low.dataset, "unanswerable": high.dataset}
    if within is not None:
        told |= {"low": within.low, "high": within.high}
    yield Result(
        SYSTEM,
        high.model,
        shown,
        BOTH,
        "refusal_difference",
        high.value - low.value,
        low.n + high.n,
        told,
        unparsed=low.unparsed + high.unparsed,
    )


def _pooled(measured: Measured, halves: Sequence[Half], detector: str) -> list[Result]:
    """The released evaluation's two pools, where all of their sets were asked."""
    results: list[Result] = []
    for name, (split, datasets) in POOLS.items():
        some = [half for half in halves if half.split == split and half.dataset in datasets]
        if {half.dataset for half in some} != set(datasets):
            return []
        verdicts = [one for half in some for one in half.verdicts[detector]]
        results += _rates(measured, name, split, detector, verdicts)
    names = list(POOLS)
    return [*results, *_differences(results, names[0], names[1], detector, "pooled")]


def _stderr(rate: float, n: int) -> float:
    return sqrt(rate * (1 - rate) / n)
