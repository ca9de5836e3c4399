"""Judges: models that read the completions, and programs that compute what can be computed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from math import factorial
from typing import Protocol, runtime_checkable

from windward.feedback.asking import JUDGING, Heard, hear
from windward.feedback.aspects import (
    READER_VERSION,
    AspectReading,
    Refused,
    answered,
    judge_messages,
    read_aspect,
)
from windward.feedback.records import (
    ASPECTS,
    NOT_APPLICABLE,
    Aspect,
    Completion,
    JudgeKind,
    Rating,
    Record,
)
from windward.feedback.rubrics import References
from windward.models import Model, Sampling

NO_TEXT = "no such text"
"""Why a completion that has no text has no rating."""

Check = Callable[[Record, Completion, Aspect], Rating | None]
"""What a program says of a completion in an aspect; None where it says that the aspect does not apply."""


@runtime_checkable
class Judge(Protocol):
    """Whoever rates completions."""

    @property
    def name(self) -> str:
        """As ratings name it."""
        ...

    @property
    def kind(self) -> JudgeKind:
        """`model` or `verifier`."""
        ...

    async def rate(self, record: Record, aspect: Aspect) -> list[Rating]:
        """One rating a completion, in the record's order.

        A judge that reads the texts several times returns so many ratings of each, reading after reading; one that
        does not rate this aspect at all returns none.

        Raises:
            ModelError: a call failed that may work another time.
        """
        ...


def shown_order(
    record_id: str, aspect: Aspect, places: Sequence[int], seed: int = 0, shuffle: int = 0
) -> list[int]:
    """The order in which a judge is shown the completions at `places`: a pure function of its arguments.

    Orders of one record and aspect differ from shuffle to shuffle, until all orders have been had.
    """
    had: list[list[int]] = []
    draw = 0
    while True:
        digest = hashlib.sha256(
            f"{seed}\x1f{aspect}\x1f{draw}\x1f{record_id}".encode("utf-8", "surrogatepass")
        )
        order = random.Random(int.from_bytes(digest.digest())).sample(list(places), len(places))
        draw += 1
        if order in had:
            continue
        had.append(order)
        if len(had) == 1 + shuffle % factorial(min(len(places), 8)):
            return order


@dataclass(frozen=True)
class ModelJudge:
    """A model that judges all completions of a record in one call an aspect.

    Attributes:
        model: who judges.
        seed: of the orders in which completions are shown.
        tries: replies at most, where they cannot be read.
        sampling: how it answers the first time.
        shuffles: readings, each with another order; their ratings stand side by side.
        shuffled: False shows the completions as they stand: only to measure what the place alone does.
        references: whether it is told what is known, for truthfulness.
    """

    model: Model
    seed: int = 0
    tries: int = 3
    sampling: Sampling = JUDGING
    shuffles: int = 1
    shuffled: bool = True
    references: References = "auto"

    @property
    def name(self) -> str:
        """The model's."""
        return self.model.name

    @property
    def kind(self) -> JudgeKind:
        """A model."""
        return "model"

    async def rate(self, record: Record, aspect: Aspect) -> list[Rating]:
        """One rating a completion and shuffle.

        A text that cannot be read in any reply has a rating without a value, with the reason.

        Raises:
            ModelError: a call failed that may work another time; what has been answered is in the journal.
        """
        ratings: list[Rating] = []
        for shuffle in range(self.shuffles):
            ratings += await self._reading(record, aspect, shuffle)
        return ratings

    async def _reading(self, record: Record, aspect: Aspect, shuffle: int) -> list[Rating]:
        ratings = [
            Rating(aspect, None, NO_TEXT, judge=self.name, kind=self.kind, asked=0)
            for _ in record.completions
        ]
        order = answered(record)
        if not order:
            return ratings
        if self.shuffled:
            order = shown_order(record.id, aspect, order, self.seed, shuffle)
        heard = await hear(
            self.model,
            judge_messages(record, aspect, order, self.references),
            self.sampling,
            f"feedback.{aspect}",
            READER_VERSION,
            lambda text: read_aspect(aspect, text, len(order)),
            lambda reading: len(order) + 1 if isinstance(reading, Refused) else reading.unread,
            tries=self.tries,
            sample=shuffle,
        )
        for label, place in enumerate(order, 1):
            ratings[place] = self._rating(aspect, heard, label)
        return ratings

    def _rating(self, aspect: Aspect, heard: Heard[AspectReading | Refused], label: int) -> Rating:
        rating = Rating(
            aspect,
            None,
            heard.failed or "no reply",
            judge=self.name,
            kind=self.kind,
            place=label,
            asked=heard.asked,
        )
        if heard.value is None:
            return rating
        if isinstance(heard.value, Refused):
            return replace(rating, absent=f"unread: {heard.value.reason}")
        text = heard.value.texts[label - 1]
        return replace(
            rating,
            value=text.mark.value,
            absent=text.mark.absent,
            rationale=text.rationale,
            types=text.types,
            rationale_for_rating=text.rationale_for_rating,
        )


@dataclass(frozen=True)
class VerifierJudge:
    """A program that rates one completion at a time: the same record, with ratings that were computed.

    Attributes:
        name: as ratings name it.
        check: what it says.
        aspects: those that it can say anything of.
    """

    name: str
    check: Check
    aspects: Collection[Aspect] = ASPECTS

    @property
    def kind(self) -> JudgeKind:
        """A verifier."""
        return "verifier"

    async def rate(self, record: Record, aspect: Aspect) -> list[Rating]:
        """What the check says of each completion, under this verifier's name.

        Raises:
            ValueError: the check rated another aspect than it was asked for.
        """
        if aspect not in self.aspects:
            return []
        return [self._rating(record, one, aspect) for one in record.completions]

    def _rating(self, record: Record, completion: Completion, aspect: Aspect) -> Rating:
        if completion.absent:
            return Rating(aspect, None, NO_TEXT, judge=self.name, kind=self.kind, asked=0)
        said = self.check(record, completion, aspect) or Rating(aspect, None, NOT_APPLICABLE)
        if said.aspect != aspect:
            raise ValueError(f"verifier {self.name!r} was asked for {aspect} and rated {said.aspect}")
        return replace(said, judge=self.name, kind=self.kind, place=None, asked=0)
