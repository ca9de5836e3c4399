"""The study's answers: four of each instruction by the pool, and of held-out ones many more by the model alone."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from windward.feedback.principles import PrincipleMixture
from windward.feedback.records import Completion, Record, record_from_dict
from windward.feedback.sample import sample_completions, spoken
from windward.journal import Journal, JournaledModel, run_rows, values
from windward.models.protocol import Message, Model, Sampling
from windward.recipes.feedback_study.config import StudyConfig
from windward.recipes.feedback_study.pool import variants

AT_ONCE = 16
"""Instructions under way at once; each is answered by the whole pool."""
ANSWERS_AT_ONCE = 4
"""Likewise of those that are answered many times over: their answers share a prompt, so they are drawn together."""


async def sampled(
    records: Sequence[Record], model: Model, journal: Journal, config: StudyConfig
) -> list[Record]:
    """Each record with an answer of every variant, under principles drawn as for chats; nothing is drawn twice.

    Raises:
        RowsFailedError: an answer could not be had; the message says why.
    """
    pool: Mapping[str, Model] = {
        name: JournaledModel(variant, journal)
        for name, variant in variants(model, config.temperatures).items()
    }
    sampling = Sampling(max_tokens=config.max_tokens, seed=config.seed)

    async def one(row: dict[str, Any]) -> dict[str, Any]:
        made = await sample_completions(
            record_from_dict(row),
            pool,
            PrincipleMixture.paper(),
            k=len(pool),
            seed=config.seed,
            sampling=sampling,
        )
        return made.as_dict()

    rows = [record.as_dict() for record in records]
    outcomes = await run_rows(one, rows, journal=journal, stage="sample", key="id", concurrency=AT_ONCE)
    return [record_from_dict(row) for row in values(outcomes, "instructions")]


async def many(
    records: Sequence[Record], model: Model, journal: Journal, config: StudyConfig
) -> list[Record]:
    """Each record with `config.best_of` answers of the model alone, without a system prompt.

    Raises:
        RowsFailedError: an answer could not be had; the message says why.
    """
    asked = JournaledModel(model, journal)
    sampling = Sampling(config.best_of_temperature, max_tokens=config.max_tokens, seed=config.seed)

    async def one(row: dict[str, Any]) -> list[list[str]]:
        messages: list[Message] = [{"role": "user", "content": row["instruction"]}]
        replies = await asyncio.gather(
            *(asked.generate(messages, sampling, sample=number) for number in range(config.best_of))
        )
        return [[spoken(reply.text), reply.finish] for reply in replies]

    rows = [{"id": record.id, "instruction": record.instruction} for record in records]
    outcomes = await run_rows(one, rows, journal=journal, stage="many", key="id", concurrency=ANSWERS_AT_ONCE)
    found = values(outcomes, "instructions")
    return [
        record.with_completions(
            [
                Completion(asked.name, text, finish=finish, absent="" if text else "empty")
                for text, finish in texts
            ]
        )
        for record, texts in zip(records, found, strict=True)
    ]


def halves(records: Sequence[Record], config: StudyConfig) -> tuple[list[Record], list[Record]]:
    """The records that are learnt from and those held out, the same share of each source.

    What asks the same question under another order goes to the same half: a reward model must not know the sum already.
    """
    held: set[str] = set()
    for source in sorted({record.source for record in records}):
        groups: dict[str, list[str]] = defaultdict(list)
        for record in records:
            if record.source == source:
                groups[_question(record)].append(record.id)
        drawn = sorted(groups)
        Random(f"held out/{config.seed}/{source}").shuffle(drawn)
        wanted, taken = max(1, round(config.held_out * sum(map(len, groups.values())))), 0
        while taken < wanted:
            held |= set(groups[drawn[-1]])
            taken += len(groups[drawn.pop()])
    return [r for r in records if r.id not in held], [r for r in records if r.id in held]


def _question(record: Record) -> str:
    """The sum itself, without its order; of others the whole instruction, since the orders are what they are about."""
    return record.instruction.rpartition("?")[0] if record.source == "sums" else record.instruction
