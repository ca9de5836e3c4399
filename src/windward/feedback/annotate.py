"""Aspect annotation: every judge rates every completion of a record in every aspect (UltraFeedback §2.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from windward.feedback.judges import Judge
from windward.feedback.records import ASPECTS, Aspect, Rating, Record


async def annotate(record: Record, judges: Sequence[Judge], aspects: Sequence[Aspect] = ASPECTS) -> Record:
    """The record with the ratings of all judges added, in the order of the judges and then of the aspects.

    Calls go out side by side; a model's own limits say how many. What is returned does not depend on which is
    answered first.

    Raises:
        ModelError: a call failed that may work another time. All others have been waited for, so that their replies
            are stored and are not bought again.
        ValueError: a judge returned another number of ratings than there are completions.
    """
    rounds = [(judge, aspect) for judge in judges for aspect in aspects]
    results = await asyncio.gather(
        *(judge.rate(record, aspect) for judge, aspect in rounds), return_exceptions=True
    )
    rated = list(record.completions)
    for (judge, aspect), result in zip(rounds, results, strict=True):
        if isinstance(result, BaseException):
            raise result
        for place, ratings in enumerate(_by_completion(result, len(rated), judge, aspect)):
            rated[place] = replace(rated[place], ratings=(*rated[place].ratings, *ratings))
    return record.with_completions(rated)


def _by_completion(ratings: Sequence[Rating], count: int, judge: Judge, aspect: Aspect) -> list[list[Rating]]:
    if (len(ratings) % count if count else len(ratings)) or any(one.aspect != aspect for one in ratings):
        raise ValueError(
            f"judge {judge.name!r} returned {len(ratings)} ratings in {aspect} for {count} completions, "
            "or some in another aspect"
        )
    return [list(ratings[place::count]) for place in range(count)]
