"""The part of the page on the sets themselves: why each is in or out, and what training and test sets share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from windward.reports.markup import Html, tag
from windward.reports.parts import section, table
from windward.reports.wording import percent
from windward.rows import Result, select

_KINDS = ("exact", "normalised", "near")


def sets_section(
    own: Sequence[Result],
    overlaps: Sequence[Mapping[str, object]] = (),
    selection: Mapping[str, object] | None = None,
) -> Html | None:
    """What was found of the sets before any training; None without anything.

    Args:
        own: rows; those of `overlap_rate` and `centroid_cosine` are shown.
        overlaps: records as `windward shift overlap --json` writes them.
        selection: the `selection.json` of `windward shift select`.
    """
    shared = [_of_row(row) for row in select(own, metric="overlap_rate")] + [
        _of_record(one) for one in overlaps
    ]
    near = [
        (row.dataset, str(row.condition.get("beside", "")), f"{row.value:.1f}")
        for row in select(own, metric="centroid_cosine")
    ]
    chosen = _candidates(selection or {})
    parts = [
        table(("set", "in", "why"), chosen, caption="Candidates") if chosen else None,
        table(("trained on", "tested on", "test rows", *_KINDS, "share", "verdict"), shared, numeric=range(2, 7),
              caption="Rows of a test set that are in a training set") if shared else None,
        table(("set", "beside", "cosine × 100"), near, numeric=(2,), caption="Likeness of centroids") if near else None,
    ]  # fmt: skip
    if not any(parts):
        return None
    return section(
        "Sets",
        *(tag("div", part, class_="dense after") for part in parts if part is not None),
        anchor="sets",
        lead="A test set that holds texts of the training set measures memory; such a pair is refused. Sets that are alike test the same shift "
        "twice.",
    )


def _of_row(row: Result) -> tuple[str, ...]:
    told = row.condition
    counts = [_count(told.get(kind)) for kind in _KINDS]
    return str(told.get("trained_on", "")), row.dataset, f"{row.n:,}", *counts, percent(row.value), str(told.get("verdict", ""))  # fmt: skip


def _of_record(one: Mapping[str, object]) -> tuple[str, ...]:
    share = one.get("share")
    counts = [_count(one.get(kind)) for kind in ("test_rows", *_KINDS)]
    told = percent(float(share)) if isinstance(share, int | float) else ""
    return str(one.get("train", "")), str(one.get("test", "")), *counts, told, str(one.get("verdict", ""))


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else ""


def _candidates(selection: Mapping[str, object]) -> list[tuple[str, str, str]]:
    listed = selection.get("candidates")
    return [
        (str(one.get("name", "")), "yes" if one.get("chosen") else "no", str(one.get("verdict", "")))
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, Mapping)
    ]
