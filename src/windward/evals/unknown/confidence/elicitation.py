"""One interface for every way to learn how sure a model is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from windward.evals.unknown.confidence.scales import Confidence, ConfidenceScale
from windward.evals.unknown.records import Question
from windward.models import Message

NO_ANSWER = "no answer"
"""Why an elicitation that is about an answer gives no value where there is none."""


@dataclass(frozen=True)
class Asked:
    """A question and what a model said to it.

    Attributes:
        question: what was asked.
        messages: the whole prompt.
        answer: the greedy reply; None where there is none.
        logprobs: of the answer's tokens, its end included; None where the model gives none.
    """

    question: Question
    messages: Sequence[Message]
    answer: str | None
    logprobs: Sequence[float] | None = None


@dataclass(frozen=True)
class Elicited:
    """How sure a model is, and what else was seen on the way.

    Attributes:
        confidence: the value, or why there is none.
        notes: figures about the elicitation itself, by name: `digit_mass`, `meanings`.
    """

    confidence: Confidence
    notes: Mapping[str, float] = field(default_factory=dict)


class Elicitation(Protocol):
    """A way to learn how sure a model is about one question."""

    @property
    def name(self) -> str:
        """As result rows name it (`method`)."""
        ...

    @property
    def scale(self) -> ConfidenceScale:
        """Of every value that it gives."""
        ...

    @property
    def version(self) -> str:
        """Changes with what is asked, and how the answer is read."""
        ...

    async def elicit(self, asked: Asked) -> Elicited:
        """How sure the model is about this question.

        Raises:
            ModelError: a call failed.
        """
        ...


@runtime_checkable
class Scoring(Protocol):
    """A model whose distributions can be looked into: one in this process (`windward.models.Local`)."""

    @property
    def name(self) -> str:
        """See `Model.name`."""
        ...

    async def score_many(
        self, messages: Sequence[Message], completions: Sequence[str]
    ) -> list[tuple[float, ...]]:
        """Log-probability (nats) of each token of each completion, and of its end."""
        ...

    async def next_token_entropy(self, messages: Sequence[Message]) -> float:
        """Entropy (nats) of the first token of the answer."""
        ...

    async def text_log_probabilities(self, text: str) -> tuple[float, ...]:
        """Log-probability (nats) of each token of a text alone, from the second on."""
        ...
