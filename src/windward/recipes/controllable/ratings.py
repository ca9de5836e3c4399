"""Rated answers from what is on disk: records of the feedback pipeline, and rows whose answers carry any columns of ratings.

{"instruction": "…", "source": "…", "completions": [{"model": "m", "response": "…", "annotations": {"harmlessness": [{"Rating": 0}]}}]}

A rating is a number, a text, `{"Rating": …}`, or a list of one of these. 0 is a rating, as a number and as a text; nothing, an empty text and
N/A are none. What a program computes of a text is computed, whatever the file says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any, cast

from windward.evals.control.computed import COMPUTED
from windward.feedback import ASPECTS, Completion, FeedbackFileError, record_from_dict
from windward.feedback.files import file_rows
from windward.feedback.ultrafeedback import content_id
from windward.training.controllable import Answer, RatedPrompt, Ratings, Scale

UNREAD = "unread"
_NO_RATING = ("", "n/a", "none", "null")


@dataclass
class RatingCounts:
    """What was found.

    Attributes:
        rated: answers with a rating, by objective.
        missing: answers without one, or to which the objective does not apply, by objective.
        unread: answers whose rating is no number on the scale, by objective; they are not rated.
        without_text: answers that are left out, as they have no text.
        twice: prompts that are left out, as the same content stood there already.
    """

    rated: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    without_text: int = 0
    twice: int = 0


def read_rated(
    path: Path, scales: Mapping[str, Scale], counts: RatingCounts | None = None
) -> Iterator[RatedPrompt]:
    """The prompts of a file (Parquet or JSONL), their answers rated in these objectives, one after the other.

    Args:
        path: the file.
        scales: the objectives.
        counts: what was found is added to it.

    Raises:
        FeedbackFileError: the file or a row of it is malformed, or an id stands twice; names file and row.
    """
    counts = RatingCounts() if counts is None else counts
    seen: set[str] = set()
    for where, row in file_rows(path):
        try:
            prompt = _prompt(row, scales, counts)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise FeedbackFileError(f"{path}, {where}: {error}") from error
        if prompt.id in seen and row.get("id") is not None:
            raise FeedbackFileError(f"{path}, {where}: id {prompt.id!r} stands in the file already")
        counts.twice += prompt.id in seen
        if prompt.id not in seen:
            seen.add(prompt.id)
            yield prompt


def number(said: object, scale: Scale) -> float | str | None:
    """A rating as a file has it: a number on the scale, None for no rating, or `unread`.

    >>> number(0, Scale(0, 1)), number("0", Scale(0, 1)), number([{"Rating": "4"}], Scale(1, 5)), number("N/A", Scale(1, 5))
    (0.0, 0.0, 4.0, None)
    """
    if isinstance(said, list | tuple):
        found = [number(one, scale) for one in said]
        numbers = [one for one in found if isinstance(one, float)]
        return UNREAD if UNREAD in found else fmean(numbers) if numbers else None
    if isinstance(said, dict):
        return number(said.get("Rating", said.get("rating")), scale)
    if said is None or (isinstance(said, str) and said.strip().lower() in _NO_RATING):
        return None
    try:
        value = float(cast(Any, said))
    except (TypeError, ValueError):
        return UNREAD
    return value if scale.low <= value <= scale.high else UNREAD


def _prompt(row: dict[str, Any], scales: Mapping[str, Scale], counts: RatingCounts) -> RatedPrompt:
    instruction = row.get("instruction") or row.get("prompt")
    if not isinstance(instruction, str) or not instruction.strip():
        raise ValueError(f"field instruction: expected a text that is not empty, found {instruction!r}")
    completions = row.get("completions")
    if not isinstance(completions, list | tuple):
        raise ValueError(
            "field completions: expected a list of answers, each with a text (or response) and ratings"
        )
    answers, read = [], _ours if _is_ours(completions) else _any_columns
    for text, model, said in read(row, completions, scales):
        if not text.strip():
            counts.without_text += 1
            continue
        answers.append(Answer(text, _ratings(text, said, scales, counts), model))
    source = str(row.get("source") or "given")
    told = (f"{answer.model}\x1f{answer.text}" for answer in answers)
    named = row.get("id")
    return RatedPrompt(
        content_id(source, instruction, *told) if named is None else str(named),
        instruction,
        tuple(answers),
        source,
        tuple(row.get("never_score") or ()),
    )


def _ratings(
    text: str, said: Mapping[str, Any], scales: Mapping[str, Scale], counts: RatingCounts
) -> Ratings:
    found: dict[str, float | None] = {}
    for name, scale in scales.items():
        rating = COMPUTED[name](text) if name in COMPUTED else number(said.get(name), scale)
        if rating == UNREAD:
            counts.unread[name] += 1
        elif rating is None:
            counts.missing[name] += 1
        else:
            counts.rated[name] += 1
        found[name] = rating if isinstance(rating, float) else None
    return found


Read = tuple[str, str, Mapping[str, Any]]
"""Text, who wrote it, and what the file says of each objective."""


def _is_ours(completions: list[Any] | tuple[Any, ...]) -> bool:
    """Whether completions are those of a feedback record: their ratings are a list, each with an aspect and a judge."""
    first = completions[0] if completions else None
    return isinstance(first, dict) and "text" in first and isinstance(first.get("ratings"), list | tuple)


def _ours(row: dict[str, Any], completions: Any, scales: Mapping[str, Scale]) -> Iterator[Read]:
    del completions
    record = record_from_dict({"source": "given", "id": "", **row, "checks": ()})
    for one in record.completions:
        yield "" if one.absent else one.text, one.model, {name: _aspect(one, name) for name in scales}


def _aspect(completion: Completion, name: str) -> float | None:
    return completion.rating(name) if name in ASPECTS else None


def _any_columns(row: dict[str, Any], completions: Any, scales: Mapping[str, Scale]) -> Iterator[Read]:
    del row, scales
    for one in completions:
        if not isinstance(one, dict):
            raise ValueError(f"field completions: expected objects with a text and ratings, found {one!r}")
        text = one.get("response") if one.get("response") is not None else one.get("text")
        if text is not None and not isinstance(text, str):
            raise ValueError(f"field completions, response: expected a text, found {text!r}")
        said = one.get("annotations") or one.get("ratings") or {}
        if not isinstance(said, dict):
            raise ValueError(f"field annotations: expected an object of ratings by objective, found {said!r}")
        named = {str(name).strip().lower().replace(" ", "_"): value for name, value in said.items()}
        yield text or "", str(one.get("model") or ""), named
