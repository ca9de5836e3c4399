"""What a model replies to the study's questions, with how likely its reply is, and how odd each question looks to it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path
from typing import Any, Protocol

from windward.evals.folder import write_text
from windward.evals.unknown.confidence.elicitation import Asked, Scoring
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


@dataclass(frozen=True)
class Replied:
    """A reply and what is known of it.

    Attributes:
        question: what was asked.
        response: the reply.
        log_probability: mean over its tokens, its end included (nats); None where the model gives none.
        perplexity: of the question alone under this model; None where it was not asked for, or the question is too short.
    """

    question: Question
    response: str
    log_probability: float | None
    perplexity: float | None = None

    @property
    def answered(self) -> Answered:
        """With its confidences: the log-probability, and its exp."""
        value = self.log_probability
        scale, why = SequenceLogProbability.scale, "" if value is not None else "no log-probabilities"
        share = None if value is None else exp(value)
        confidences = {
            SequenceLogProbability.name: Confidence(value, scale, why),
            ANSWER_PROBABILITY: Confidence(share, PROBABILITY, why),
        }
        return Answered(self.question, self.response, confidences)


def replies(
    model: Subject,
    asked: Sequence[Question],
    journal: Journal,
    stage: str,
    max_tokens: int,
    *,
    perplexity: bool = False,
) -> list[Replied]:
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

    async def one(row: dict[str, str]) -> dict[str, Any]:
        question = known[row["id"]]
        messages = answer_messages(question.text)
        reply = await policy.generate(messages, sampling)
        said = Asked(question, messages, reply.text, reply.logprobs)
        likely = await SequenceLogProbability().elicit(said)
        odd = (await QuestionPerplexity(model).elicit(said)).confidence.value if perplexity else None
        return {
            "response": reply.text,
            "log_probability": likely.confidence.value,
            "perplexity": None if odd is None else -odd,
        }

    rows = [{"id": question.id, "text": question.text} for question in asked]
    version = f"{PROMPTS_VERSION} {max_tokens} {perplexity} {model.name}"
    outcomes = run(
        run_rows(one, rows, journal=journal, stage=stage, key="id", version=version, concurrency=TOGETHER)
    )
    return [
        Replied(question, **value)
        for question, value in zip(asked, values(outcomes, f"questions of {stage!r}"), strict=True)
    ]


def write_replies(path: Path, found: Iterable[Replied]) -> None:
    """One a line, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(_plain(one), ensure_ascii=False) + "\n" for one in found]
    write_text(path, "".join(lines))


def read_replies(path: Path) -> list[Replied]:
    """Reads them back."""
    with path.open(encoding="utf-8") as lines:
        return [_replied(json.loads(line)) for line in lines]


def _plain(one: Replied) -> dict[str, Any]:
    question = one.question
    return {
        "id": question.id,
        "dataset": question.dataset,
        "split": question.split,
        "question": question.text,
        "references": list(question.references),
        "category": question.category,
        "response": one.response,
        "log_probability": one.log_probability,
        "perplexity": one.perplexity,
    }


def _replied(row: dict[str, Any]) -> Replied:
    references = tuple(row["references"])
    question = Question(row["id"], row["dataset"], row["split"], row["question"], references, row["category"])
    return Replied(question, row["response"], row["log_probability"], row["perplexity"])
