"""What a selection leaves on disk: the rows of the result table, and the record that its page is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from math import sqrt
from typing import Any

from windward.evals.shift.distances import Similarity
from windward.evals.shift.overlap import Overlap
from windward.evals.shift.selection import Drop, SelectionReport
from windward.evals.shift.text_files import TextSet
from windward.rows import Result

_SYSTEM = "shift"
_EXAMPLES = 3
"""Pairs of texts of each kind that the record shows of every overlap."""


def overlap_record(
    found: Overlap, train: Sequence[str], test: Sequence[str], examples: int
) -> dict[str, Any]:
    """An overlap as plain JSON: counts, share, verdict, which rows, and example pairs.

    Rows count from 1, without a header.

    Args:
        found: what `overlap` gave of these two.
        train: the training texts.
        test: the test texts.
        examples: pairs of each kind that are shown.
    """
    low, high = found.interval
    return {
        "verdict": "refused" if found.refused else "passed",
        "said": found.verdict,
        "train_rows": found.train_rows,
        "test_rows": found.test_rows,
        "empty_test_rows": found.empty,
        **{str(kind): count for kind, count in found.counts.items()},
        "overlapping": len(found.repeats),
        "share": found.share,
        "low": low,
        "high": high,
        **asdict(found.config),
        "rows": {kind: [one.test + 1 for one in found.repeats if one.kind == kind] for kind in found.counts},
        "examples": [
            {
                "kind": one.kind,
                "similarity": round(one.similarity, 4),
                "contained": one.contained,
                "test_row": one.test + 1,
                "train_row": one.train + 1,
                "test": test[one.test],
                "train": train[one.train],
            }
            for one in found.examples(examples)
        ],
    }


def report_record(report: SelectionReport) -> dict[str, Any]:
    """The whole report as plain JSON."""
    texts = {one.name: one.texts for one in (report.id, *(each.candidate for each in report.measured))}
    return {
        "id": _facts(report.id),
        "encoder": report.encoder,
        "config": asdict(report.config),
        "remark": report.remark,
        "chosen": list(report.chosen),
        "candidates": [
            {
                **_facts(one.candidate),
                "chosen": verdict.chosen,
                "verdict": verdict.said,
                "checks": [asdict(check) for check in verdict.checks],
                "similarity": asdict(one.similarity),
                "overlap": _without_rows(
                    overlap_record(one.overlap, report.id.texts, one.candidate.texts, _EXAMPLES)
                ),
                "drops": [_drop(drop) for drop in one.drops],
            }
            for one, verdict in zip(report.measured, report.verdicts, strict=True)
        ],
        "pairs": [
            {
                "train": pair.train,
                "test": pair.test,
                "similarity": asdict(pair.similarity),
                "overlap": _without_rows(
                    overlap_record(pair.overlap, texts[pair.train], texts[pair.test], _EXAMPLES)
                ),
            }
            for pair in report.pairs
        ],
    }


def selection_results(report: SelectionReport) -> list[Result]:
    """The figures as rows of the result table.

    * `centroid_cosine` (x 100) of two sets: `dataset` and, in the condition, `beside`.
    * `overlap_rate` of a test set (`dataset`) with a training set (`trained_on`).
    * `accuracy` of a probe trained in distribution (or, split `held-out` of a candidate, on that candidate itself): in distribution (split `held-out`, on the labels that `compared_with` has) and on a set (split `test`), and
      `accuracy_change`, the second less the first.
    """
    rows = []
    for one in report.measured:
        rows += [
            _cosine(one.similarity, report),
            _overlap(one.overlap, report.id.name, one.candidate.name, report),
        ]
        for drop in one.drops:
            rows += _accuracies(drop, report)
    for pair in report.pairs:
        rows += [_cosine(pair.similarity, report), _overlap(pair.overlap, pair.train, pair.test, report)]
    return rows


def _facts(one: TextSet) -> dict[str, Any]:
    return {"name": one.name, "rows": len(one.texts), "classes": one.classes, "read": one.read}


def _without_rows(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "rows"}


def _drop(drop: Drop) -> dict[str, Any]:
    low, high = drop.interval
    found = {"probe": drop.probe, "trained": drop.trained, "folds": len(drop.inside)}
    found |= {"drop": drop.value, "low": low, "high": high}
    inside = {"rate": drop.within.rate, "n": drop.within.n}
    outside = {"rate": drop.without, "n": drop.outside[0].n}
    own = {"rate": drop.own.rate, "n": drop.own.n} if drop.own else None
    return found | {"inside": inside, "outside": outside, "own": own}


def _condition(report: SelectionReport, **more: object) -> dict[str, Any]:
    return {"task": "selection", "seed": report.config.seed, **more}


def _cosine(found: Similarity, report: SelectionReport) -> Result:
    condition = _condition(report, beside=found.second, low=found.low, high=found.high)
    n = found.first_texts + found.second_texts
    return Result(_SYSTEM, report.encoder, found.first, "all", "centroid_cosine", found.cosine, n, condition)


def _overlap(found: Overlap, train: str, test: str, report: SelectionReport) -> Result:
    condition = _condition(report, trained_on=train, **found.counts)
    return Result(_SYSTEM, "", test, "all", "overlap_rate", found.share, found.test_rows, condition)


def _accuracies(drop: Drop, report: SelectionReport) -> list[Result]:
    model = f"{report.encoder} probe" if drop.probe == "encoder" else "TF-IDF probe"
    name = report.id.name
    condition = _condition(report, method="probe", probe=drop.probe, trained_on=name, trained=drop.trained)

    def accuracy(dataset: str, split: str, rate: float, n: int, **more: Any) -> Result:
        error = sqrt(rate * (1 - rate) / n)
        return Result(_SYSTEM, model, dataset, split, "accuracy", rate, n, condition | more, error)

    low, high = drop.interval
    n = drop.outside[0].n
    rows = [
        accuracy(name, "held-out", drop.within.rate, drop.within.n, compared_with=drop.dataset),
        accuracy(drop.dataset, "test", drop.without, n),
        Result(
            _SYSTEM,
            model,
            drop.dataset,
            "test",
            "accuracy_change",
            -drop.value,
            n,
            condition | {"low": -high, "high": -low},
        ),
    ]
    if drop.own:
        rows.append(accuracy(drop.dataset, "held-out", drop.own.rate, drop.own.n, trained_on=drop.dataset))
    return rows
