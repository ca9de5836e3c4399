"""Recorded answers as a Parquet file: `dataset, split, question, references, response`, perhaps `confidence` and `model`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from math import isnan
from pathlib import Path
from typing import Any

from windward.evals.data import DataError
from windward.evals.unknown.confidence.scales import PROBABILITY, SCALES, Confidence, ConfidenceScale
from windward.evals.unknown.records import SPLITS, Answered, Split, questions

NEEDED = ("dataset", "split", "question", "references", "response")
METHOD = "recorded"
"""The name of a confidence whose elicitation the file does not tell."""


def read_table(path: Path, scale: ConfidenceScale = PROBABILITY) -> dict[str, list[Answered]]:
    """Replies and confidences of one or more models.

    Args:
        path: rows with `NEEDED`; `references` is a list of aliases (or null, or one text), `response` may be null. `confidence` is a number on
            `scale`, or null (or NaN); `model` names who answered (else the file's name does); `category` is kept.
        scale: of `confidence`. It is never guessed: 1 is the top of one scale and next to nothing on another.

    Returns:
        By model: rows of each half in their order.

    Raises:
        DataError: the file is none, columns lack, or a value is not what its column holds; says which row.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(f"{path} cannot be read as Parquet: {error}") from error
    missing = [name for name in NEEDED if name not in table.column_names]
    if missing:
        raise DataError(f"{path}: columns {', '.join(missing)} are missing; needed: {', '.join(NEEDED)}")
    halves: defaultdict[tuple[str, str, Split], list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for number, row in enumerate(table.to_pylist(), 1):
        where = f"{path}, row {number}"
        split = _split(row["split"], where)
        _check(row, where)
        halves[str(row.get("model") or path.stem), row["dataset"], split].append((number, row))
    if not halves:
        raise DataError(f"{path} has no rows")
    found: dict[str, list[Answered]] = {}
    for (model, dataset, split), rows in halves.items():
        asked = questions(
            dataset,
            split,
            ((row["question"], _references(row), str(row.get("category") or "")) for _, row in rows),
        )
        found.setdefault(model, []).extend(
            Answered(
                question,
                row["response"],
                {METHOD: _confidence(row, scale, f"{path}, row {number}")}
                if "confidence" in table.column_names
                else {},
                "" if row["response"] is not None else "no reply",
            )
            for question, (number, row) in zip(asked, rows, strict=True)
        )
    return found


def scale_named(name: str) -> ConfidenceScale:
    """The scale of this name.

    Raises:
        DataError: there is none; says which there are.
    """
    if name not in SCALES:
        raise DataError(f"there is no confidence scale {name!r}: known are {', '.join(SCALES)}")
    return SCALES[name]


def _split(value: Any, where: str) -> Split:
    for split in SPLITS:
        if value == split:
            return split
    raise DataError(f"{where}: split is {value!r}, not one of {', '.join(SPLITS)}")


def _check(row: Mapping[str, Any], where: str) -> None:
    for name in ("dataset", "question"):
        if not isinstance(row[name], str) or not row[name].strip():
            raise DataError(f"{where}: {name} is {row[name]!r}, not a text")
    if row["response"] is not None and not isinstance(row["response"], str):
        raise DataError(f"{where}: response is {row['response']!r}, neither a text nor null")


def _references(row: Mapping[str, Any]) -> tuple[str, ...]:
    value = row["references"]
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(str(one) for one in value)


def _confidence(row: Mapping[str, Any], scale: ConfidenceScale, where: str) -> Confidence:
    value = row["confidence"]
    if value is None or (isinstance(value, float) and isnan(value)):
        return Confidence(None, scale, "unparsed")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DataError(f"{where}: confidence is {value!r}, neither a number nor null")
    if not scale.holds(value):
        raise DataError(
            f"{where}: confidence {value} lies outside the scale {scale.name} ({scale.low} to {scale.high}): say which scale the file has "
            f"with --confidence-scale ({', '.join(SCALES)})"
        )
    return Confidence(float(value), scale)
