"""Recorded answers in the layout of the released outputs: one JSONL a model, set and half, for replies and for each confidence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from windward.evals.data import DataError
from windward.evals.unknown.confidence.scales import (
    NEGATIVE_NATS,
    NEGATIVE_PERPLEXITY,
    ONE_TO_FIVE,
    ZERO_TO_HUNDRED,
    Confidence,
    ConfidenceScale,
)
from windward.evals.unknown.records import DATASETS, SPLITS, Answered, Split, question_ids, questions

RESPONSES = "_responses"
"""How the folders that hold replies end."""
_ONE_TO_FIVE = re.compile(r"[1-5]")


@dataclass(frozen=True)
class _Source:
    """A kind of confidence in the layout.

    Attributes:
        method: its name here.
        folder: its folder.
        file: its file's name, by model, set and half.
        scale: of its values.
        read: its value in a row, by model; None is none, and why.
    """

    method: str
    folder: str
    file: str
    scale: ConfidenceScale
    read: Callable[[Mapping[str, Any], str], tuple[float | None, str]]


def _number(value: Any) -> tuple[float | None, str]:
    if value is None:
        return None, "unparsed"
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None, "not a number"
    return float(value), ""


def _unified(row: Mapping[str, Any], model: str) -> tuple[float | None, str]:
    return _number(row[f"{model}_numerical"])


def _one_to_five(row: Mapping[str, Any], model: str) -> tuple[float | None, str]:
    found = _ONE_TO_FIVE.search(row[model] or "")
    return (float(found.group()), "") if found else (None, "unparsed")


def _less(field: str) -> Callable[[Mapping[str, Any], str], tuple[float | None, str]]:
    def read(row: Mapping[str, Any], model: str) -> tuple[float | None, str]:
        value, why = _number(row[f"{model}_{field}"])
        return (None if value is None else -value), why

    return read


_SOURCES = (
    _Source(
        "verbalised-unified",
        "unified_confidence_extracted_scores",
        "{model}_{dataset}_{split}.json",
        ZERO_TO_HUNDRED,
        _unified,
    ),
    _Source(
        "verbalised-1-to-5",
        "Close-source-LLMs_verbalized_uncertainty",
        "{model}_uncertainty_{dataset}_{split}.json",
        ONE_TO_FIVE,
        _one_to_five,
    ),
    _Source(
        "entropy",
        "Llama-2_logit_based_uncertainty",
        "{model}_{dataset}_{split}.json",
        NEGATIVE_NATS,
        _less("entropy"),
    ),
    _Source(
        "prompt-perplexity",
        "Llama-2_logit_based_uncertainty",
        "{model}_{dataset}_{split}.json",
        NEGATIVE_PERPLEXITY,
        _less("perplexity"),
    ),
)
"""The released perplexity is that of the whole prompt, so it is a baseline of surface form and no signal of the answer."""


def read_released(folder: Path) -> dict[str, list[Answered]]:
    """Replies of every model in the folder, and all recorded confidences, joined by question.

    Args:
        folder: holds `…_responses/MODEL/MODEL_SET_HALF.json` (fields `prompt`, `label` and `MODEL` or `MODEL_response`), and perhaps
            `unified_confidence_extracted_scores`, `Close-source-LLMs_verbalized_uncertainty`, `Llama-2_logit_based_uncertainty`.

    Returns:
        By model: rows in the order of the files. Questions are the same if they are so but for space and a question mark at the end.

    Raises:
        DataError: there are no replies, a file is malformed, or rows of a confidence file and of the replies do not match one to one.
    """
    found: dict[str, list[Answered]] = {}
    for responses in sorted(one for one in folder.iterdir() if one.name.endswith(RESPONSES)):
        for home in sorted(one for one in responses.iterdir() if one.is_dir()):
            found.setdefault(home.name, []).extend(_replies(home, folder))
    if not any(found.values()):
        raise DataError(
            f"{folder} holds no recorded replies: expected …{RESPONSES}/MODEL/MODEL_SET_HALF.json, with SET one of "
            f"{', '.join(DATASETS)} and HALF one of {', '.join(SPLITS)}"
        )
    return found


def _replies(home: Path, folder: Path) -> Iterator[Answered]:
    model = home.name
    for dataset in DATASETS:
        for split in SPLITS:
            file = home / f"{model}_{dataset}_{split}.json"
            if file.exists():
                yield from _half(file, model, dataset, split, folder)


def _half(file: Path, model: str, dataset: str, split: Split, folder: Path) -> list[Answered]:
    rows = _rows(file)
    asked = questions(
        dataset,
        split,
        ((row["prompt"], references_in(row.get("label")), row.get("category") or "") for row in rows),
    )
    confidences: dict[str, dict[str, Confidence]] = {one.id: {} for one in asked}
    for at, sources in _files(folder, model, dataset, split).items():
        _join(confidences, file, at, sources, model, dataset, split)
    field = f"{model}_response" if rows and f"{model}_response" in rows[0] else model
    answered = []
    for number, (question, row) in enumerate(zip(asked, rows, strict=True), 1):
        reply = row.get(field, 0)
        if reply is not None and not isinstance(reply, str):
            raise DataError(f"{file}, row {number}: field {field!r} holds no reply")
        absent = "" if reply is not None else "no reply"
        answered.append(Answered(question, reply, confidences[question.id], absent))
    return answered


def _files(folder: Path, model: str, dataset: str, split: Split) -> dict[Path, list[_Source]]:
    """Confidence files that are there, each with all that it holds."""
    found: dict[Path, list[_Source]] = {}
    for source in _SOURCES:
        at = folder / source.folder / model / source.file.format(model=model, dataset=dataset, split=split)
        if at.exists():
            found.setdefault(at, []).append(source)
    return found


def _join(
    confidences: dict[str, dict[str, Confidence]],
    file: Path,
    at: Path,
    sources: Sequence[_Source],
    model: str,
    dataset: str,
    split: Split,
) -> None:
    rows = _rows(at)
    names = question_ids(dataset, split, (row["prompt"] for row in rows))
    matched(confidences.keys(), set(names), str(file), str(at))
    for number, (name, row) in enumerate(zip(names, rows, strict=True), 1):
        for source in sources:
            try:
                value, why = source.read(row, model)
            except (KeyError, TypeError) as error:
                raise DataError(f"{at}, row {number}: no {source.method}: {error!r}") from error
            if value is not None and not source.scale.holds(value):
                value, why = None, "out of range"
            confidences[name][source.method] = Confidence(value, source.scale, why)


def matched(replies: Set[str], others: Set[str], file: str, other: str) -> None:
    """Refuses a join that loses a row.

    Raises:
        DataError: rows of one side are not on the other; says how many, and one of each.
    """
    lacking, beside = replies - others, others - replies
    if lacking or beside:
        examples = ", ".join(sorted(lacking)[:1] + sorted(beside)[:1])
        raise DataError(
            f"{len(lacking)} questions of {file} are not in {other}, and {len(beside)} of it are in no reply (e.g. {examples}): "
            "rows are joined by question, never by their place"
        )


def _rows(file: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                asked = row["prompt"]
            except (ValueError, KeyError, TypeError) as error:
                raise DataError(f"{file}, line {number}: no JSON object with a prompt: {error!r}") from error
            if not isinstance(asked, str):
                raise DataError(f"{file}, line {number}: the prompt is no text: {asked!r}")
            rows.append(row)
    return rows


def references_in(label: Any) -> tuple[str, ...]:
    """The right answers that a released row names: only RefuNQ's answerable half has a list of them."""
    return tuple(str(one) for one in label) if isinstance(label, list) else ()
