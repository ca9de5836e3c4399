"""Confidence that needs no reply: the expected number, from the probability of each of the eleven."""

from __future__ import annotations

from math import exp, fsum

from windward.evals.unknown.confidence.elicitation import Asked, Elicited, Scoring
from windward.evals.unknown.confidence.scales import ZERO_TO_TEN, Confidence, ConfidenceScale
from windward.evals.unknown.prompts import PROMPTS_VERSION, Shots, confidence_messages

LEVELS = tuple(str(level) for level in range(11))


class ExpectedDigit:
    """Σ value · p(value) / Σ p(value) over the replies `0` … `10` to the request for a verbalised confidence.

    p is the probability of the whole reply, its end included: where `10` is two tokens, p(`1`, end) stands against p(`1`, `0`, end). The
    note `digit_mass` is Σ p: how likely the model is to reply with one of these at all. Where it is small, the value says little.
    """

    scale: ConfidenceScale = ZERO_TO_TEN
    version = PROMPTS_VERSION

    def __init__(self, model: Scoring, shots: Shots = "zero-shot") -> None:
        """Takes the model whose distribution is looked into."""
        self._model, self._shots = model, shots
        self.name = "expected-digit" if shots == "zero-shot" else f"expected-digit-{shots}"

    async def elicit(self, asked: Asked) -> Elicited:
        """See `Elicitation.elicit`."""
        scores = await self._model.score_many(confidence_messages(asked.question.text, self._shots), LEVELS)
        totals = [fsum(tokens) for tokens in scores]
        return Elicited(
            Confidence(expected_level(totals), ZERO_TO_TEN), {"digit_mass": fsum(map(exp, totals))}
        )


def expected_level(log_probabilities: list[float]) -> float:
    """The mean level under log-probabilities (nats) of the levels 0, 1, …, which need not add up to 1."""
    top = max(log_probabilities)
    weights = [exp(one - top) for one in log_probabilities]
    mean = fsum(level * weight for level, weight in enumerate(weights)) / fsum(weights)
    return min(mean, float(len(weights) - 1))  # rounding must not lead off the scale
