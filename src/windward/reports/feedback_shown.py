"""Records to read: an instruction, its answers side by side, and what was said of each; all of it shown as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from windward.reports.feedback_scores import ASPECTS
from windward.reports.markup import Html, cut_middle, join, tag
from windward.reports.parts import columns, disclosure, facts, missing, raw, section
from windward.reports.run_folder import ReportError, need
from windward.reports.run_records import Row
from windward.reports.wording import counted

SHOWN = 10
_FIELDS = ("id", "source", "instruction", "completions")


def first_records(path: Path) -> tuple[list[Row], int]:
    """The first ten rows of a Parquet file of records, reading no more than these, and how many there are; ([], 0) without a file.

    Raises:
        ReportError: the file is no Parquet file of records.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        return [], 0
    try:
        with pq.ParquetFile(path) as file:
            lacking = [name for name in _FIELDS if name not in file.schema_arrow.names]
            if lacking:
                raise ReportError(f"{path} holds no records: columns {', '.join(lacking)} are missing")
            batches: Iterator[Any] = file.iter_batches(batch_size=SHOWN)
            first = next(batches, None)
            rows = [] if first is None else first.to_pylist()[:SHOWN]
            return [
                _checked(row, f"{path}, row {place}") for place, row in enumerate(rows, start=1)
            ], file.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise ReportError(f"{path} cannot be read as Parquet: {error}") from error


def examples(records: Sequence[Row], whole: int) -> Html:
    """The section of records."""
    if not records:
        return section(
            "Records to read", missing("None.", "records.parquet is not there or empty."), anchor="examples"
        )
    lead = f"The first {len(records)} of {counted(whole, 'record')}, as they stand in the file and not picked by hand."
    return section("Records to read", *map(_record, records), anchor="examples", lead=lead)


def _record(row: Row) -> Html:
    asked = " ".join(cut_middle(str(row["instruction"]), 100).split())
    known = [
        (name, texts)
        for name, texts in (
            ("Correct", row.get("correct_answers")),
            ("Incorrect", row.get("incorrect_answers")),
        )
        if texts
    ]
    cards = list(map(_completion, row["completions"]))
    return disclosure(
        join(tag("span", str(row["source"]), class_="tag"), " ", asked),
        tag("p", "Instruction", class_="label"),
        raw(str(row["instruction"]), 2_000, class_="prompt"),
        *(
            join(tag("p", f"{name} answers, as the judge was told", class_="label"), raw("\n".join(map(str, texts)), 800))
            for name, texts in known
        ),
        *(tag("div", columns(*cards[place : place + 2]), class_="after problem") for place in range(0, len(cards), 2)),
        class_="run",
    )  # fmt: skip


def _completion(row: Row) -> Html:
    about = [str(row.get("principle") or "no principle")]
    if row.get("finish") not in (None, "stop"):
        about.append(f"ended by {row['finish']}")
    text = str(row["text"])
    said = (
        raw(text, 1_500)
        if text
        else tag("p", f"No answer: {row.get('absent') or 'it is empty'}", class_="nothing")
    )
    return tag(
        "article",
        tag("h4", str(row["model"]), " ", *(tag("span", one, class_="tag") for one in about)),
        said,
        _ratings(row.get("ratings") or []),
        _critique(row.get("critique")),
        class_="card",
    )


def _ratings(ratings: Sequence[Row]) -> Html | None:
    if not ratings:
        return None
    judges = len({one.get("judge") for one in ratings}) > 1
    order = list(ASPECTS)
    placed = sorted(
        ratings, key=lambda one: order.index(one["aspect"]) if one["aspect"] in order else len(order)
    )
    return join(
        tag("p", "Ratings", class_="label"), facts((_rated(one), _why(one, judges)) for one in placed)
    )


def _rated(one: Row) -> Html:
    value = one.get("value")
    shown = f"{value:g}" if isinstance(value, int | float) else "–"
    return join(ASPECTS.get(str(one["aspect"]), str(one["aspect"])), " ", tag("strong", shown))


def _why(one: Row, judges: bool) -> Html:
    why = [str(one.get(name) or "") for name in ("absent", "rationale", "rationale_for_rating")]
    if one.get("types"):
        why.insert(0, f"kinds {', '.join(map(str, one['types']))}.")
    told = cut_middle(" ".join(part for part in why if part), 500)
    judge = tag("span", str(one.get("judge")), class_="spread") if judges else None
    return join(told or "no reason given", judge)


def _critique(row: Mapping[str, Any] | None) -> Html | None:
    if row is None:
        return None
    score = row.get("score")
    told = f"{score:g} of 10" if isinstance(score, int | float) else str(row.get("absent") or "no score")
    if row.get("audit"):
        told += f", {row['audit']}"
    if isinstance(row.get("score_before"), int | float):
        told += f" (before: {row['score_before']:g})"
    text = str(row.get("text") or "")
    return join(tag("p", f"Critique: {told}", class_="label"), raw(text, 1_000) if text else None)


def _checked(row: Row, where: str) -> Row:
    for name in _FIELDS[:3]:
        need(row, name, str, where)
    for place, one in enumerate(need(row, "completions", list, where), start=1):
        inside = f"{where}, completion {place}"
        for name in ("model", "text"):
            need(one, name, str, inside)
        for rating in one.get("ratings") or []:
            need(rating, "aspect", str, f"{inside}, rating")
    return row
