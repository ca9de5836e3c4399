"""Feedback on the study's answers: computed for all of them, and from the model itself for some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from windward.feedback.annotate import annotate
from windward.feedback.judges import Judge, ModelJudge
from windward.feedback.records import Aspect, Record, record_from_dict
from windward.journal import Journal, JournaledModel, run_rows, values
from windward.models.protocol import Model, Sampling
from windward.recipes.feedback_study.begun import BegunJudge
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
    """The first records with the model's own ratings of `JUDGED` added; the others as they are.

    Of `config.judged` it rates each text by itself, its answer begun for it; of `config.judged_freely` also all texts at once,
    in the form that the pipeline asks of any judge. What cannot be read stays without a value, with the reason.

    Raises:
        RowsFailedError: a reply could not be had; the message says why.
    """
    asked = JournaledModel(model, journal)
    freely = ModelJudge(
        asked,
        seed=config.seed,
        tries=config.judge_tries,
        sampling=Sampling(max_tokens=config.judge_tokens, seed=config.seed),
    )
    begun = BegunJudge(asked, tries=config.judge_tries, seed=config.seed)

    async def rate(judge: Judge, stage: str, some: Sequence[Record]) -> list[Record]:
        async def one(row: dict[str, Any]) -> dict[str, Any]:
            return (await annotate(record_from_dict(row), [judge], [JUDGED])).as_dict()

        rows = [record.as_dict() for record in some]
        outcomes = await run_rows(one, rows, journal=journal, stage=stage, key="id", concurrency=AT_ONCE)
        return [record_from_dict(row) for row in values(outcomes, "instructions")]

    made = await rate(begun, "judge begun", records[: config.judged])
    made = [*made, *records[len(made) :]]
    both = await rate(freely, "judge", made[: config.judged_freely])
    return [*both, *made[len(both) :]]
