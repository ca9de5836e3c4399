"""Critiques: feedback in words and an overall score, one call a completion, with no reference shown (UltraFeedback §2.3)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace

from windward.feedback.asking import JUDGING, hear
from windward.feedback.aspects import answered
from windward.feedback.fences import fence_rule, fenced, nonce
from windward.feedback.records import Completion, Critique, Record
from windward.feedback.rubrics import CRITIC, CRITIC_FORM
from windward.feedback.scores import SCORE_VERSION, CritiqueReading, read_critique
from windward.models import Message, Model, Sampling

_EXAMPLE = re.compile(r"\b(?:for example|for instance|e\.g\.|examples?\s{0,3}:)", re.I)


def critic_messages(instruction: str, completion: Completion) -> list[Message]:
    """What a critic is asked of one completion.

    It sees the instruction, what the completion's system prompt asked for, and the completion: never a reference
    answer, which it would give away.
    """
    note = critic_note(completion)
    mark = nonce([instruction, note, completion.text])
    parts = [fenced("instruction", instruction, mark)]
    if note:
        parts.append(fenced("note", note, mark))
    parts += [fenced("answer", completion.text, mark), CRITIC_FORM]
    return [
        {"role": "system", "content": f"{CRITIC}\n\n{fence_rule(mark)}"},
        {"role": "user", "content": "\n\n".join(parts)},
    ]


def critic_note(completion: Completion) -> str:
    """The completion's system prompt; that of verbalised calibration ends before its worked example, if it has one.

    A worked example holds an answer and a confidence of its own, which a critic would take for the student's.
    """
    system = completion.system.strip()
    if completion.principle != "verbalized_calibration":
        return system
    example = _EXAMPLE.search(system)
    return system[: example.start()].rstrip(" \t\n,;:(-") if example else system


async def criticise(
    record: Record, model: Model, *, tries: int = 3, sampling: Sampling = JUDGING, sample: int = 0
) -> Record:
    """The record with a critique of every completion that has a text, in the place of one that is there.

    Args:
        record: with its completions.
        model: the critic.
        tries: replies at most, where no score or no feedback can be read.
        sampling: how it answers the first time.
        sample: tells several critiques of the same completion apart.

    Raises:
        ModelError: a call failed that may work another time. All others have been waited for.
    """
    samples = dict.fromkeys(answered(record), sample)
    return await criticise_some(record, model, samples, tries=tries, sampling=sampling)


async def criticise_some(
    record: Record, model: Model, samples: Mapping[int, int], *, tries: int, sampling: Sampling
) -> Record:
    """`criticise`, of some completions only: the sample of each, by its place."""
    results = await asyncio.gather(
        *(
            _critique(record.instruction, record.completions[place], model, tries, sampling, sample)
            for place, sample in samples.items()
        ),
        return_exceptions=True,
    )
    completions = list(record.completions)
    for place, result in zip(samples, results, strict=True):
        if isinstance(result, BaseException):
            raise result
        completions[place] = replace(completions[place], critique=result)
    return record.with_completions(completions)


async def _critique(
    instruction: str, completion: Completion, model: Model, tries: int, sampling: Sampling, sample: int
) -> Critique:
    heard = await hear(
        model,
        critic_messages(instruction, completion),
        sampling,
        "feedback.critique",
        SCORE_VERSION,
        read_critique,
        lambda reading: reading.flaws,
        tries=tries,
        sample=sample,
    )
    reading = heard.value
    if not isinstance(reading, CritiqueReading):
        return Critique("", None, heard.failed or "no reply", judge=model.name, asked=heard.asked)
    return Critique(
        reading.text, reading.mark.value, reading.mark.absent, judge=model.name, asked=heard.asked
    )
