"""Models that answer, rate themselves and show their distributions as they are told to: for tests of the evaluation of the unknown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from windward.models import Message, ModelError, Reply, Sampling
from windward.models.streaming import OnText

Say = Callable[[str], str]


def asks_for_confidence(messages: Sequence[Message]) -> bool:
    """Whether a prompt is that of a verbalised confidence."""
    return "Your confidence, from 0 to 10:" in messages[-1]["content"]


def question_in(messages: Sequence[Message]) -> str:
    """The question that a prompt, of either kind, is about."""
    text = messages[-1]["content"]
    return text.removeprefix("Question: ").split("\n\n")[0] if asks_for_confidence(messages) else text


class Speaker:
    """An endpoint: replies by a function of the question; samples by another of question and sample.

    Attributes:
        calls: messages, sampling and sample of each call.
    """

    def __init__(
        self, answer: Say, confidence: Say, *, name: str = "speaker", dies_after: int = 10**9
    ) -> None:
        self.name = name
        self.calls: list[tuple[Sequence[Message], Sampling, int]] = []
        self._answer, self._confidence, self._dies_after = answer, confidence, dies_after

    async def generate(
        self, messages: Sequence[Message], sampling: Sampling | None = None, *, sample: int = 0
    ) -> Reply:
        """One reply."""
        sampling = sampling or Sampling()
        if len(self.calls) >= self._dies_after:
            raise ModelError("the endpoint went away")
        self.calls.append((messages, sampling, sample))
        question = question_in(messages)
        if asks_for_confidence(messages):
            return Reply(self._confidence(question), model=self.name)
        text = self._answer(question)
        if sampling.temperature > 0 and sample % 2:
            text = f"{text} Or else it is number {sample}."
        logprobs = (-0.5, -0.25, -0.75) if sampling.logprobs else None
        return Reply(text, model=self.name, logprobs=logprobs)

    async def stream(
        self, messages: Sequence[Message], sampling: Sampling, on_text: OnText, *, sample: int = 0
    ) -> Reply:
        """One reply, at once."""
        reply = await self.generate(messages, sampling, sample=sample)
        on_text(reply.text)
        return reply


class Insider(Speaker):
    """A model in this process: levels in proportion to given weights, so many nats, a text's likelihood by its length."""

    def __init__(
        self, answer: Say, confidence: Say, levels: Sequence[float], *, name: str = "insider"
    ) -> None:
        super().__init__(answer, confidence, name=name)
        self.looked = 0
        self._levels = levels

    async def score_many(
        self, messages: Sequence[Message], completions: Sequence[str]
    ) -> list[tuple[float, ...]]:
        """Ten in two tokens and an end, the others in one and an end, each token an equal part of the whole."""
        assert asks_for_confidence(messages)
        self.looked += 1
        scores = []
        for text in completions:
            tokens = len(text) + 1
            scores.append((float(np.log(self._levels[int(text)])) / tokens,) * tokens)
        return scores

    async def next_token_entropy(self, messages: Sequence[Message]) -> float:
        """As many nats as the question has words."""
        self.looked += 1
        return float(len(question_in(messages).split()))

    async def text_log_probabilities(self, text: str) -> tuple[float, ...]:
        """-1 for each word but the first."""
        self.looked += 1
        return (-1.0,) * (len(text.split()) - 1)


class FirstLetters:
    """An encoder under which answers mean the same if they begin with the same letter (question and answer, a line each)."""

    name = "first-letters"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One axis a letter."""
        vectors = np.zeros((len(texts), 128), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row, ord((text.rsplit("\n", 1)[-1] or " ")[0]) % 128] = 1
        return vectors
