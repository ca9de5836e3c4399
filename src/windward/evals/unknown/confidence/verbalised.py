"""Confidence that a model says: asked for in a call of its own (Lin et al. 2022, Xiong et al. 2024)."""

from __future__ import annotations

from windward.evals.unknown.confidence.elicitation import Asked, Elicited
from windward.evals.unknown.confidence.reading import READER_VERSION, read_confidence
from windward.evals.unknown.confidence.scales import ZERO_TO_TEN, ConfidenceScale
from windward.evals.unknown.prompts import PROMPTS_VERSION, Shots, confidence_messages
from windward.feedback.asking import said
from windward.models import Model, Parser, Sampling, ask

MAX_TOKENS = 16
"""Of a reply that is a number."""


class Verbalised:
    """Asks once, greedily, for a whole number from 0 to 10; what cannot be read is missing and not asked for again."""

    scale: ConfidenceScale = ZERO_TO_TEN
    version = f"{PROMPTS_VERSION}.{READER_VERSION}"

    def __init__(self, model: Model, shots: Shots = "zero-shot", *, max_tokens: int = MAX_TOKENS) -> None:
        """Takes the model that is asked, and new tokens of its reply at most (more for one that thinks before it replies)."""
        self._model, self._shots = model, shots
        self._sampling = Sampling(temperature=0, max_tokens=max_tokens)
        self.name = "verbalised" if shots == "zero-shot" else f"verbalised-{shots}"

    async def elicit(self, asked: Asked) -> Elicited:
        """See `Elicitation.elicit`."""
        parser = Parser(
            self.name, READER_VERSION, lambda text: None if read_confidence(text).absent else text
        )
        messages = confidence_messages(asked.question.text, self._shots)
        parsed = await ask(self._model, messages, self._sampling, parser, tries=1)
        return Elicited(read_confidence(said(parsed.replies[-1])))
