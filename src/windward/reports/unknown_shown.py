"""Replies to read, a few of each half of each set; all of it shown as text."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from heapq import heappush, heapreplace
from pathlib import Path

from windward.reports.markup import Html, cut_middle, join, tag
from windward.reports.parts import disclosure, missing, raw, section
from windward.reports.run_folder import ReportError, lines_in, need
from windward.reports.run_records import Row
from windward.reports.unknown_table import HALVES
from windward.reports.wording import mean

EACH = 3
"""Replies shown of each set and half."""
NAMES = ("answers.jsonl", "answers.parquet")
_WANTED = (
    "model",
    "dataset",
    "split",
    "question",
    "references",
    "response",
    "absent",
    "refused",
    "correct",
    "confidences",
)


def examples_section(folder: Path, seed: int) -> Html:
    """Drawn by a hash of seed and question from `answers.jsonl` or `answers.parquet`.

    Raises:
        ReportError: a row is malformed.
    """
    drawn = _drawn(_answers(folder), seed)
    if not drawn:
        return section(
            "Replies", missing("None.", f"Neither {' nor '.join(NAMES)} is there."), anchor="examples"
        )
    parts: list[object] = []
    for (dataset, split), rows in drawn.items():
        parts += [tag("h3", f"{dataset}, {HALVES.get(split, split)}"), *map(_shown, rows)]
    lead = "A few of each half, drawn by a hash of seed and question and not picked by hand."
    return section("Replies", *parts, anchor="examples", lead=lead)


def answer_row(row: Row, where: str) -> Row:
    """A reply, checked.

    Raises:
        ReportError: a field is missing or of another type.
    """
    for name in ("dataset", "split", "question"):
        need(row, name, str, where)
    need(row, "response", (str, type(None)), where)
    return row


def _answers(folder: Path) -> Iterator[Row]:
    lines, columns = (folder / name for name in NAMES)
    if lines.exists() or not columns.exists():
        yield from lines_in(lines, answer_row)
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(columns)
        named = [name for name in _WANTED if name in file.schema_arrow.names]
        place = 0
        for batch in file.iter_batches(columns=named):
            for row in batch.to_pylist():
                place += 1
                yield answer_row(row, f"{columns}, row {place}")
    except (pa.ArrowException, OSError) as error:
        raise ReportError(f"{columns} cannot be read as Parquet: {error}") from error


def _drawn(rows: Iterator[Row], seed: int) -> dict[tuple[str, str], list[Row]]:
    """The `EACH` rows of each half whose digests are the least, in that order."""
    heaps: defaultdict[tuple[str, str], list[tuple[int, int, Row]]] = defaultdict(list)
    for place, row in enumerate(rows):
        name = f"{seed} {row.get('model', '')} {row['question']}".encode("utf-8", "surrogatepass")
        entry = (-int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big"), place, row)
        heap = heaps[str(row["dataset"]), str(row["split"])]
        if len(heap) < EACH:
            heappush(heap, entry)
        elif entry[:2] > heap[0][:2]:
            heapreplace(heap, entry)
    return {key: [row for *_, row in sorted(heap, key=lambda one: -one[0])] for key, heap in heaps.items()}


def _shown(row: Row) -> Html:
    asked, response = str(row["question"]), row["response"]
    references = row.get("references")
    known = ", ".join(map(str, references)) if isinstance(references, list) else ""
    said = (
        raw(str(response) or "(empty)", 2_000)
        if response is not None
        else missing("No reply.", str(row.get("absent") or ""))
    )
    return disclosure(
        join(_verdict(row), " ".join(cut_middle(asked, 110).split())),
        tag("p", "Asked", class_="label"),
        raw(asked, 1_500, class_="prompt"),
        *((tag("p", "Right answers", class_="label"), raw(known, 500)) if known else ()),
        tag("p", f"Reply{f' of {model}' if (model := row.get('model')) else ''}", class_="label"),
        said,
        *((tag("p", "Confidence", class_="label"), raw(told, 800)) if (told := _confidences(row)) else ()),
        class_="run",
    )  # fmt: skip


def _verdict(row: Row) -> Html | None:
    """Whether it refused, by each detector."""
    given = row.get("refused")
    if isinstance(given, dict) and given:
        told = ", ".join(f"{'refused' if value else 'answered'} ({name})" for name, value in given.items())
    elif isinstance(given, bool):
        told = "refused" if given else "answered"
    else:
        return None
    return tag("strong", f"{told} · ")


def _confidences(row: Row) -> str:
    given = row.get("confidences")
    if not isinstance(given, dict):
        return ""
    return "\n".join(f"{name}: {_value(value)}" for name, value in given.items())


def _value(value: object) -> str:
    """A number, or what is told about one: its value and scale, or why there is none, and the reply it was read from."""
    if isinstance(value, dict):
        number, scale, said = value.get("value"), value.get("scale"), value.get("said")
        shown = _value(number) if number is not None else f"none, {value.get('absent') or 'no value'}"
        shown += f" ({scale})" if scale else ""
        return f"{shown}, read from {cut_middle(str(said), 200)!r}" if said else shown
    if isinstance(value, int | float) and not isinstance(value, bool):
        return mean(float(value))
    return "none" if value is None else str(value)
