"""Confidence from likelihood: of the answer, of its first token, and, as a baseline of surface form, of the question itself."""

from __future__ import annotations

from math import exp, fsum

from windward.evals.unknown.confidence.elicitation import NO_ANSWER, Asked, Elicited, Scoring
from windward.evals.unknown.confidence.scales import (
    LOG_PROBABILITY,
    NEGATIVE_NATS,
    NEGATIVE_PERPLEXITY,
    Confidence,
    ConfidenceScale,
)

NO_LOG_PROBABILITIES = "no log-probabilities"


class SequenceLogProbability:
    """Mean log-probability (nats) of the tokens of the greedy answer, its end included: -ln of its perplexity."""

    name, version = "sequence-log-probability", "1"
    scale: ConfidenceScale = LOG_PROBABILITY

    async def elicit(self, asked: Asked) -> Elicited:
        """See `Elicitation.elicit`; it needs no call."""
        if asked.answer is None:
            return Elicited(Confidence(None, self.scale, NO_ANSWER))
        if not asked.logprobs:
            return Elicited(Confidence(None, self.scale, NO_LOG_PROBABILITIES))
        return Elicited(Confidence(min(0.0, fsum(asked.logprobs) / len(asked.logprobs)), self.scale))


class NextTokenEntropy:
    """Entropy (nats) of the first token of the answer, given the whole prompt, with its sign turned."""

    name, version = "entropy", "1"
    scale: ConfidenceScale = NEGATIVE_NATS

    def __init__(self, model: Scoring) -> None:
        """Takes the model whose distribution is looked into."""
        self._model = model

    async def elicit(self, asked: Asked) -> Elicited:
        """See `Elicitation.elicit`."""
        entropy = await self._model.next_token_entropy(asked.messages)
        return Elicited(Confidence(min(0.0, -entropy), self.scale))


class QuestionPerplexity:
    """exp of the mean negative log-likelihood of the question's tokens alone, without a template, with its sign turned.

    It knows nothing of the answer: a signal of the model's own is worth what it adds to this. The model may be another than the one asked.
    """

    name, version = "question-perplexity", "1"
    scale: ConfidenceScale = NEGATIVE_PERPLEXITY

    def __init__(self, model: Scoring) -> None:
        """Takes the model under which questions are read."""
        self._model = model

    async def elicit(self, asked: Asked) -> Elicited:
        """See `Elicitation.elicit`."""
        tokens = await self._model.text_log_probabilities(asked.question.text)
        if not tokens:
            return Elicited(Confidence(None, self.scale, "too short"))
        return Elicited(Confidence(-exp(max(0.0, -fsum(tokens) / len(tokens))), self.scale))
