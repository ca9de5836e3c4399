"""What a model replies to the study's questions, with how likely its reply is, and how odd each question looks to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp
from pathlib import Path
from typing import Any, Protocol

from windward.evals.unknown.answers_file import (
    AnswerRow,
    confidence_of,
    plain_confidence,
    read_answers,
    write_answers,
)
from windward.evals.unknown.confidence.elicitation import Asked, Elicitation, Scoring
from windward.evals.unknown.confidence.likelihood import QuestionPerplexity, SequenceLogProbability
from windward.evals.unknown.confidence.scales import PROBABILITY, Confidence
from windward.evals.unknown.prompts import PROMPTS_VERSION, answer_messages
from windward.evals.unknown.records import Answered, Question
from windward.journal import Journal, JournaledModel, Limits, run, run_rows, values
from windward.models import Model, Sampling

TOGETHER = 64
"""Questions under way at once."""
ANSWER_PROBABILITY = "sequence-probability"
"""exp of the mean log-probability of the answer's tokens: the same order, on a scale that can be calibrated."""


class Subject(Model, Scoring, Protocol):
    """A model that answers, and whose distributions can be looked into."""


def replies(
    model: Subject,
    asked: Sequence[Question],
    journal: Journal,
    stage: str,
    max_tokens: int,
    *,
    perplexity: bool = False,
) -> list[Answered]:
    """Asks each question greedily, for one short sentence; what the journal holds is not asked again.

    Args:
        model: who answers.
        asked: questions.
        journal: of the run.
        stage: name of this asking in the journal.
        max_tokens: of a reply.
        perplexity: whether the question's own is wanted.

    Raises:
        RowsFailedError: a reply could not be had.
    """
    known = {one.id: one for one in asked}
    policy = JournaledModel(model, journal, Limits(concurrency=TOGETHER))
    sampling = Sampling(max_tokens=max_tokens, logprobs=True)
    elicitations: list[Elicitation] = [SequenceLogProbability()]
    if perplexity:
        elicitations.append(QuestionPerplexity(model))

    async def one(row: dict[str, str]) -> dict[str, Any]:
        question = known[row["id"]]
        messages = answer_messages(question.text)
        reply = await policy.generate(messages, sampling)
        said = Asked(question, messages, reply.text, reply.logprobs)
        given = {each.name: plain_confidence((await each.elicit(said)).confidence) for each in elicitations}
        return {"response": reply.text, "confidences": given}

    rows = [{"id": question.id, "text": question.text} for question in asked]
    version = f"{PROMPTS_VERSION} {max_tokens} {perplexity} {model.name}"
    outcomes = run(
        run_rows(one, rows, journal=journal, stage=stage, key="id", version=version, concurrency=TOGETHER)
    )
    found = values(outcomes, f"questions of {stage!r}")
    return [_answered(question, value) for question, value in zip(asked, found, strict=True)]


def write_replies(path: Path, found: Iterable[Answered]) -> None:
    """Writes them as `windward eval unknown` does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_answers(path, map(AnswerRow, found))


def read_replies(path: Path) -> list[Answered]:
    """Reads them back."""
    return [row.answered for row in read_answers(path)]


def question_perplexity(one: Answered) -> float | None:
    """Of the question alone; None where it was not asked for, or the question is too short."""
    given = one.confidences.get(QuestionPerplexity.name)
    return None if given is None or given.value is None else -given.value


def _answered(question: Question, value: dict[str, Any]) -> Answered:
    confidences = {name: confidence_of(given) for name, given in value["confidences"].items()}
    likely = confidences[SequenceLogProbability.name]
    share = None if likely.value is None else exp(likely.value)
    confidences[ANSWER_PROBABILITY] = Confidence(share, PROBABILITY, likely.absent)
    return Answered(question, value["response"], confidences)
