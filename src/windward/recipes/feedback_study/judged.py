"""Feedback on the study's answers: computed for all of them, and from the model itself for some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windward.feedback.annotate import annotate
from windward.feedback.judges import ModelJudge
from windward.feedback.records import Aspect, Record, record_from_dict
from windward.journal import Journal, JournaledModel, run_rows, values
from windward.models.protocol import Model, Sampling
from windward.recipes.feedback_study.config import StudyConfig
from windward.recipes.verifiers import verifier_judge

JUDGED: Aspect = "instruction_following"
"""What the model is asked for: the one aspect that the checks decide in every instruction."""
AT_ONCE = 16


async def verified(records: Sequence[Record]) -> list[Record]:
    """The records with ratings that were computed; no model is asked."""
    judge = verifier_judge()
    return [await annotate(record, [judge]) for record in records]


async def model_judged(
    records: Sequence[Record], model: Model, journal: Journal, config: StudyConfig
) -> list[Record]:
    """The first `config.judged` records with the model's own ratings of `JUDGED` added; the others as they are.

    What cannot be read after `config.judge_tries` replies stays without a value, with the reason.

    Raises:
        RowsFailedError: a reply could not be had; the message says why.
    """
    asked = ModelJudge(
        JournaledModel(model, journal),
        seed=config.seed,
        tries=config.judge_tries,
        sampling=Sampling(max_tokens=config.judge_tokens, seed=config.seed),
    )

    async def one(row: dict[str, Any]) -> dict[str, Any]:
        return (await annotate(record_from_dict(row), [asked], [JUDGED])).as_dict()

    some = [record.as_dict() for record in records[: config.judged]]
    outcomes = await run_rows(one, some, journal=journal, stage="judge", key="id", concurrency=AT_ONCE)
    made = [record_from_dict(row) for row in values(outcomes, "instructions")]
    return [*made, *records[len(made) :]]
