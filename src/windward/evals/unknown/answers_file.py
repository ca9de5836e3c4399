"""`answers.jsonl`: a model's replies and how sure it was, a question a line; figures are made again from it without a call.

{"id": "NEC/answerable/0c…", "dataset": "NEC", …, "response": "It lives…", "confidences": {"verbalised": {"value": 7.0, "scale": "0-10", …}}}
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from windward.evals.data import DataError
from windward.evals.folder import write_text
from windward.evals.unknown.confidence.scales import SCALES, Confidence
from windward.evals.unknown.records import SPLITS, Answered, Question

ANSWERS = "answers.jsonl"


@dataclass(frozen=True)
class AnswerRow:
    """A line.

    Attributes:
        answered: the question, the reply, and confidences.
        notes: figures about an elicitation, by its name and theirs: `digit_mass`, `meanings`.
    """

    answered: Answered
    notes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def write_answers(path: Path, rows: Iterable[AnswerRow]) -> None:
    """Writes the file, whole or not at all."""
    write_text(path, "".join(json.dumps(_plain(row)) + "\n" for row in rows))


def read_answers(path: Path) -> list[AnswerRow]:
    """The lines of the file.

    Raises:
        DataError: it is not there, or a line is malformed; names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        raise DataError(f"{path} is not there: a run of `windward eval unknown` writes it") from None
    rows = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                rows.append(_row(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise DataError(f"{path}, line {number}: no answer: {error!r}") from error
    return rows


def plain_confidence(confidence: Confidence) -> dict[str, Any]:
    """A confidence as plain JSON types."""
    return {
        "value": confidence.value,
        "scale": confidence.scale.name,
        "absent": confidence.absent,
        "said": confidence.said,
    }


def confidence_of(plain: Mapping[str, Any]) -> Confidence:
    """The confidence of `plain_confidence`.

    Raises:
        ValueError: there is no such scale, the value lies outside, or it is missing without a reason.
    """
    value, scale = plain["value"], SCALES.get(plain["scale"])
    if scale is None:
        raise ValueError(f"there is no scale {plain['scale']!r}")
    if value is not None and not scale.holds(value):
        raise ValueError(f"{value} lies outside {scale.name}")
    if (value is None) != bool(plain["absent"]):
        raise ValueError("a confidence has either a value or a reason why there is none")
    return Confidence(value, scale, plain["absent"], plain["said"])


def _plain(row: AnswerRow) -> dict[str, Any]:
    one, asked = row.answered, row.answered.question
    return {
        "id": asked.id,
        "dataset": asked.dataset,
        "split": asked.split,
        "question": asked.text,
        "references": list(asked.references),
        "category": asked.category,
        "response": one.response,
        "absent": one.absent,
        "confidences": {name: plain_confidence(given) for name, given in one.confidences.items()},
        "notes": {name: dict(notes) for name, notes in row.notes.items()},
    }


def _row(plain: Mapping[str, Any]) -> AnswerRow:
    if plain["split"] not in SPLITS:
        raise ValueError(f"there is no half {plain['split']!r}")
    references: Sequence[str] = plain["references"]
    asked = Question(
        plain["id"], plain["dataset"], plain["split"], plain["question"], tuple(references), plain["category"]
    )
    confidences = {name: confidence_of(given) for name, given in plain["confidences"].items()}
    return AnswerRow(Answered(asked, plain["response"], confidences, plain["absent"]), plain["notes"])
