"""Records in UltraFeedback's public schema, in and out.

The public schema is `source, instruction, models, correct_answers, incorrect_answers, completions`, and of a completion
`model, principle, custom_system_prompt, response, annotations, critique, overall_score, fine-grained_score`. Ratings are
strings there. It has no place for ids, judges, the reason why something is missing, audits and checks: these are lost.
"""

from __future__ import annotations

import math
from hashlib import blake2b
from typing import Any

from windward.feedback.records import (
    ASPECTS,
    NOT_APPLICABLE,
    Aspect,
    Completion,
    Critique,
    Rating,
    Record,
)
from windward.feedback.texts import listed

TYPED: tuple[Aspect, ...] = ("truthfulness", "helpfulness")
"""Aspects whose ratings come with types and a reason of their own for the number."""

_NONE = ["None"]
_EMPTY = "empty in the file"


def is_ultrafeedback(row: dict[str, Any]) -> bool:
    """Whether a row has UltraFeedback's schema, and not ours."""
    completions = row.get("completions")
    told = completions[0] if isinstance(completions, list) and completions else None
    return "response" in told if isinstance(told, dict) else "models" in row


def content_id(source: str, instruction: str, *more: str) -> str:
    """An id made from what a row says: 16 hexadecimal digits."""
    said = "\x1f".join((source, instruction, *more)).encode("utf-8", "replace")
    return blake2b(said, digest_size=8).hexdigest()


def from_ultrafeedback(row: dict[str, Any], *, judge: str = "") -> Record:
    """Reads a row of the public schema.

    Annotations may be wrapped in lists, as in some copies; each element is then a rating. Numbers may be int, float or
    text. A number off its scale is kept as a rating (or critique) without a value, and says so. The fine-grained score is
    not read: it follows from the ratings.

    Args:
        row: as JSON or Parquet holds it.
        judge: who is said to have judged; the schema has no field for it.

    Raises:
        ValueError: the row is malformed; the message names the field.
    """
    instruction, source = row.get("instruction"), row.get("source")
    if not isinstance(instruction, str) or not instruction.strip():
        raise ValueError(f"field instruction: expected a text that is not empty, found {instruction!r}")
    if not isinstance(source, str):
        raise ValueError(f"field source: expected a text, found {source!r}")
    completions = [_completion(one, judge) for one in row.get("completions") or ()]
    return Record(
        id=str(
            row.get("id") or content_id(source, instruction, *(f"{c.model}\x1f{c.text}" for c in completions))
        ),
        source=source,
        instruction=instruction,
        completions=tuple(completions),
        correct_answers=listed(row, "correct_answers"),
        incorrect_answers=listed(row, "incorrect_answers"),
    )


def to_ultrafeedback(record: Record) -> dict[str, Any]:
    """Writes a record as a row of the public schema.

    Several judges' values become their mean. A rating that is absent because it failed is left out: "N/A" would say that
    the aspect does not apply. A completion that is absent is an empty response.
    """
    return {
        "source": record.source,
        "instruction": record.instruction,
        "models": [completion.model for completion in record.completions],
        "correct_answers": list(record.correct_answers) or _NONE,
        "incorrect_answers": list(record.incorrect_answers) or _NONE,
        "completions": [_public(completion) for completion in record.completions],
    }


def _completion(row: Any, judge: str) -> Completion:
    if not isinstance(row, dict) or not isinstance(row.get("model"), str):
        raise ValueError("field completions: expected objects with a model and a response")
    text = row.get("response")
    if text is not None and not isinstance(text, str):
        raise ValueError(f"field completions, response: expected a text, found {text!r}")
    return Completion(
        model=row["model"],
        text=text or "",
        principle=row.get("principle") or "",
        system=row.get("custom_system_prompt") or "",
        absent="" if text else _EMPTY,
        ratings=_ratings(row.get("annotations") or {}, judge),
        critique=_critique(row, judge),
    )


def _ratings(annotations: Any, judge: str) -> tuple[Rating, ...]:
    if not isinstance(annotations, dict):
        raise ValueError(f"field annotations: expected an object of aspects, found {annotations!r}")
    if unknown := set(annotations) - set(ASPECTS):
        raise ValueError(
            f"field annotations: unknown aspects {sorted(unknown)}; there are {', '.join(ASPECTS)}"
        )
    found = []
    for aspect in ASPECTS:
        said = annotations.get(aspect) or []
        found += [_rating(aspect, one, judge) for one in (said if isinstance(said, list) else [said]) if one]
    return tuple(found)


def _rating(aspect: Aspect, said: Any, judge: str) -> Rating:
    if not isinstance(said, dict):
        raise ValueError(f"field annotations, {aspect}: expected an object with a Rating, found {said!r}")
    value, absent = _number(said.get("Rating"), 1, 5)
    types = said.get("Type") or []
    if isinstance(types, str):
        types = [one.strip() for one in types.split(",")]
    return Rating(
        aspect=aspect,
        value=value,
        absent=absent,
        rationale=said.get("Rationale") or "",
        types=tuple(str(one) for one in types if str(one) != "None"),
        rationale_for_rating=said.get("Rationale For Rating") or "",
        judge=judge,
    )


def _critique(row: dict[str, Any], judge: str) -> Critique | None:
    text, score = row.get("critique") or "", row.get("overall_score")
    if not text and score is None:
        return None
    value, absent = _number(score, 1, 10)
    return Critique(text=text, score=value, absent=absent, judge=judge)


def _number(found: Any, least: int, most: int) -> tuple[float | None, str]:
    """A number on its scale, or why there is none."""
    said = str(found).strip()
    if said.upper() == "N/A":
        return None, NOT_APPLICABLE
    if found is None or not said:
        return None, f"unread: {_EMPTY}"
    try:
        value = float(said)
    except ValueError:
        return None, f"unread: {said[:80]!r} is no number"
    if math.isnan(value) or not least <= value <= most:
        return None, f"unread: {said[:80]} lies outside {least} to {most}"
    return value, ""


def _public(completion: Completion) -> dict[str, Any]:
    critique = completion.critique
    annotations = {aspect: said for aspect in ASPECTS if (said := _annotation(completion, aspect))}
    return {
        "model": completion.model,
        "principle": completion.principle,
        "custom_system_prompt": completion.system,
        "response": completion.text,
        "annotations": annotations,
        "critique": critique.text if critique else "",
        "overall_score": critique.score if critique else None,
        "fine-grained_score": completion.fine_grained(),
    }


def _annotation(completion: Completion, aspect: Aspect) -> dict[str, Any] | None:
    ratings = [one for one in completion.ratings if one.aspect == aspect]
    told = [one for one in ratings if one.value is not None]
    told = told or [one for one in ratings if one.absent == NOT_APPLICABLE]
    if not told:
        return None
    value = completion.rating(aspect)
    said: dict[str, Any] = {
        "Rating": "N/A" if value is None else _written(value),
        "Rationale": told[0].rationale,
    }
    if aspect in TYPED:
        said |= {"Type": list(told[0].types) or _NONE, "Rationale For Rating": told[0].rationale_for_rating}
    return said


def _written(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
