"""What preference data is made of: an instruction, its completions, and what judges said of each.

A record passes every stage (sampled, annotated, criticised, audited) and only gains. What a judge did not say is not a
missing field but a `Rating` or `Critique` without a value and with the reason, so that nothing is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Any, Literal, get_args

Aspect = Literal["instruction_following", "truthfulness", "honesty", "helpfulness"]
"""What completions are rated for, each from 1 to 5 (UltraFeedback §2.3)."""

ASPECTS: tuple[Aspect, ...] = get_args(Aspect)

JudgeKind = Literal["model", "verifier"]
"""Who said it: a model that read the texts, or a program that computed it."""

NOT_APPLICABLE = "not applicable"
"""The judge said that the aspect does not apply to this completion; any other reason for no value is a failure."""


@dataclass(frozen=True)
class Rating:
    """What one judge said of one completion in one aspect.

    Attributes:
        aspect: of the four.
        value: 1 to 5, halves allowed; None where there is none.
        absent: why there is no value: `not applicable`, or what went wrong (`unread: …`, `no such text`); "" where there is one.
        rationale: the judge's reason.
        types: kinds of hallucination (truthfulness) or of informativeness (helpfulness) that the judge found: of `1`, `2`, `3`.
        rationale_for_rating: the reason of the number, where an aspect has both.
        judge: name of the model or verifier.
        kind: `model` or `verifier`.
        place: the label under which a model judge read this completion, from 1; None where nothing was ordered.
        asked: replies that it took.
    """

    aspect: Aspect
    value: float | None
    absent: str = ""
    rationale: str = ""
    types: tuple[str, ...] = ()
    rationale_for_rating: str = ""
    judge: str = ""
    kind: JudgeKind = "model"
    place: int | None = None
    asked: int = 1

    def __post_init__(self) -> None:
        """Refuses a rating that says two things, or nothing."""
        if self.aspect not in ASPECTS:
            raise ValueError(f"there is no aspect {self.aspect!r}; there are {', '.join(ASPECTS)}")
        if self.value is None and not self.absent:
            raise ValueError("a rating without a value must say why (`absent`)")
        if self.value is not None and self.absent:
            raise ValueError(f"a rating of {self.value} cannot be absent ({self.absent!r})")
        if self.value is not None and not 1 <= self.value <= 5:
            raise ValueError(f"a rating of {self.value} lies outside 1 to 5")


@dataclass(frozen=True)
class Critique:
    """Feedback in words on one completion, and its overall score.

    Attributes:
        text: the feedback.
        score: 1 to 10; None where there is none.
        absent: why there is no score; "" where there is one.
        judge: name of the model.
        asked: replies that it took.
        audit: what the audit made of the score: "" before it, then `kept`, `repaired` or `doubtful` (not to be learnt from).
        score_before: the score before a repair; None where it is the same.
    """

    text: str
    score: float | None
    absent: str = ""
    judge: str = ""
    asked: int = 1
    audit: Literal["", "kept", "repaired", "doubtful"] = ""
    score_before: float | None = None

    def __post_init__(self) -> None:
        """Refuses a critique that says two things, or nothing."""
        if (self.score is None) != bool(self.absent):
            raise ValueError(
                f"a critique has a score or a reason for none, not {self.score} and {self.absent!r}"
            )
        if self.score is not None and not 1 <= self.score <= 10:
            raise ValueError(f"an overall score of {self.score} lies outside 1 to 10")


@dataclass(frozen=True)
class Completion:
    """One answer to the instruction.

    Attributes:
        model: who wrote it.
        text: the answer; "" with a reason in `absent` where there is none.
        principle: what the system prompt asked for: `helpfulness`, `truthfulness`, `honesty`, `verbalized_calibration`, …
        system: the system prompt as it was sent.
        absent: why there is no answer; such a completion is not judged.
        finish: why it ended (`stop`, `length`, …).
        ratings: by aspect and judge, in the order in which they were made.
        critique: None where none was asked for.
    """

    model: str
    text: str
    principle: str = ""
    system: str = ""
    absent: str = ""
    finish: str = "stop"
    ratings: tuple[Rating, ...] = ()
    critique: Critique | None = None

    def rating(self, aspect: Aspect, kind: JudgeKind | None = None) -> float | None:
        """Mean of the values in one aspect, over judges (of one kind, where it is given); None where there is none."""
        found = [one.value for one in self.ratings if one.aspect == aspect and kind in (None, one.kind)]
        values = [value for value in found if value is not None]
        return fmean(values) if values else None

    def fine_grained(self, kind: JudgeKind | None = None) -> float | None:
        """Mean over the aspects that have a value (UltraFeedback's fine-grained score), 1 to 5; None where none has."""
        values = [value for aspect in ASPECTS if (value := self.rating(aspect, kind)) is not None]
        return fmean(values) if values else None


@dataclass(frozen=True)
class Record:
    """An instruction with its completions.

    Attributes:
        id: its own in a file.
        source: where the instruction comes from: decides principles and what a judge is told.
        instruction: what the user asks.
        completions: none before sampling.
        correct_answers: what is known to be right, for a judge of truthfulness.
        incorrect_answers: what is known to be wrong.
        checks: how aspects are computed, for verifiers: JSON, one dict a check, each with a `kind`.
        never_score: benchmarks that nothing trained on this may be scored on.
    """

    id: str
    source: str
    instruction: str
    completions: tuple[Completion, ...] = ()
    correct_answers: tuple[str, ...] = ()
    incorrect_answers: tuple[str, ...] = ()
    checks: tuple[dict[str, Any], ...] = ()
    never_score: tuple[str, ...] = field(default_factory=tuple)

    def with_completions(self, completions: Sequence[Completion]) -> Record:
        """The same instruction with other completions."""
        return replace(self, completions=tuple(completions))

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types; `record_from_dict` reads it back. As `dataclasses.asdict`, in a tenth of the time."""
        return {
            **vars(self),
            "completions": tuple(_completion_dict(one) for one in self.completions),
            "checks": deepcopy(self.checks),
        }


def _completion_dict(completion: Completion) -> dict[str, Any]:
    critique = completion.critique
    return {
        **vars(completion),
        "ratings": tuple(vars(one).copy() for one in completion.ratings),
        "critique": None if critique is None else vars(critique).copy(),
    }


def record_from_dict(row: dict[str, Any]) -> Record:
    """Reads `Record.as_dict`, also after JSON.

    Raises:
        ValueError: a field is missing or malformed; the message says which.
    """
    try:
        return Record(
            **_plain(row, "completions"),
            completions=tuple(_completion(one) for one in row.get("completions", ())),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"record {row.get('id', '?')!r} is malformed: {error}") from error


def _completion(row: dict[str, Any]) -> Completion:
    critique = row.get("critique")
    return Completion(
        **_plain(row, "ratings", "critique"),
        ratings=tuple(Rating(**_plain(one)) for one in row.get("ratings", ())),
        critique=None if critique is None else Critique(**critique),
    )


def _plain(row: dict[str, Any], *but: str) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in row.items()
        if name not in but
    }
