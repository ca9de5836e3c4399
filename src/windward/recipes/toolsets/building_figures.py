"""The result table of a build: how many problems each stage left, by epoch and over all, and the yield."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windward.reports.intervals import wilson
from windward.rows import Result
from windward.toolsets.build import Built, Row

SYSTEM = "toolset build"
COUNTS = ("solutions", "solved", "solved_strict", "abstractions", "valid", "valid_strict", "kept")
"""Rows that are left: written and read, right by the released rule and by the strict one, written again, right again, kept."""


def build_results(built: Built, model: str, dataset: str) -> list[Result]:
    """Counts (`COUNTS`) of problems and their share that ended in a kept tool (`yield`).

    Each count's `n` is the number of rows that its stage was given, and its `unparsed` those of them that could not be read. `split` is
    `epoch 0`, …, and `all`; an epoch's `kept` is what its own de-duplication left, that of `all` what the last one left.
    """
    found = []
    for number, kept in enumerate(built.kept.epochs):
        found += _of(built, f"epoch {number}", number, len(kept.tools), model, dataset)
    return found + _of(built, "all", None, len(built.kept.whole.tools), model, dataset)


def told(results: Sequence[Result]) -> list[str]:
    """What is said of the whole: one line of counts, one of the yield with its 95 % interval (Wilson)."""
    whole = {result.metric: result for result in results if result.split == "all"}
    first, last = whole["solutions"], whole["yield"]
    counts = ", ".join(f"{metric.replace('_', ' ')} {whole[metric].value:.0f}" for metric in COUNTS)
    span = wilson(last.value, last.n)
    return [
        f"{first.n} problems: {counts} (unread: {first.unparsed} solutions, {whole['abstractions'].unparsed} abstractions)",
        f"yield {last.value:.1%} [{span.low:.1%}, {span.high:.1%}]",
    ]


def _of(built: Built, split: str, epoch: int | None, kept: int, model: str, dataset: str) -> list[Result]:
    def some(rows: Sequence[Row]) -> list[Row]:
        return [row for row in rows if epoch is None or row.epoch == epoch]

    solutions, solved = some(built.solutions), some(built.solved)
    abstractions, valid = some(built.abstractions), some(built.valid)
    unread, lost = _unread(solutions), _unread(abstractions)
    counts = {
        "solutions": (len(solutions) - unread, len(solutions), unread),
        "solved": (len(solved), len(solutions), unread),
        "solved_strict": (_strict(solved), len(solutions), unread),
        "abstractions": (len(abstractions) - lost, len(solved), lost),
        "valid": (len(valid), len(solved), lost),
        "valid_strict": (_strict(valid), len(solved), lost),
        "kept": (kept, len(valid), 0),
    }
    condition: dict[str, Any] = {} if epoch is None else {"epoch": epoch}
    rows = [
        Result(SYSTEM, model, dataset, split, metric, float(value), n, condition, unparsed=unparsed)
        for metric, (value, n, unparsed) in counts.items()
    ]
    share = kept / len(solutions) if solutions else 0.0
    stderr = (share * (1 - share) / len(solutions)) ** 0.5 if solutions else None
    unparsed = unread + lost
    return [
        *rows,
        Result(SYSTEM, model, dataset, split, "yield", share, len(solutions), condition, stderr, unparsed),
    ]


def _unread(rows: Sequence[Row]) -> int:
    return sum(row.verdict == "unread" for row in rows)


def _strict(rows: Sequence[Row]) -> int:
    return sum(row.strict == "ok" for row in rows)
