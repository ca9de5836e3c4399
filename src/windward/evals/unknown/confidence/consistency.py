"""Confidence from samples: how many mean the same as the answer, and how their meanings spread."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from math import fsum, log

from windward.evals.unknown.confidence.elicitation import NO_ANSWER, Asked, Elicited
from windward.evals.unknown.confidence.meaning import Meaning
from windward.evals.unknown.confidence.scales import NEGATIVE_NATS, PROBABILITY, Confidence, ConfidenceScale
from windward.feedback.thinking import after_thinking
from windward.models import Model, Sampling

UNREAD = "judge unread"


class Samples:
    """Draws k answers at temperature 1 and sorts them by meaning, beside the greedy one."""

    def __init__(self, model: Model, meaning: Meaning, k: int, max_tokens: int, seed: int) -> None:
        """Takes the model that is asked, what tells meanings apart, samples and new tokens of each, and their seed."""
        self._model, self._meaning, self._k = model, meaning, k
        self._sampling = Sampling(temperature=1, max_tokens=max_tokens, seed=seed)
        self.version = f"1 {meaning.name} {k} {max_tokens} {seed}"
        self._found: dict[str, list[int] | None] = {}

    async def groups(self, asked: Asked) -> list[int] | None:
        """The groups of the greedy answer, 0, and of each sample; None where a judge could not be read. Kept for the next to ask."""
        if asked.question.id not in self._found:
            self._found[asked.question.id] = await self._groups(asked)
        return self._found[asked.question.id]

    async def _groups(self, asked: Asked) -> list[int] | None:
        assert asked.answer is not None
        drawn = await asyncio.gather(
            *(self._model.generate(asked.messages, self._sampling, sample=place) for place in range(self._k))
        )
        texts = [after_thinking(one.text) or "" for one in drawn]
        return await self._meaning.groups(asked.question.text, [asked.answer, *texts])


class _OverMeanings:
    """An elicitation over the meanings of the samples; which one says `_of`."""

    scale: ConfidenceScale
    stem: str

    def __init__(self, samples: Samples, by: str = "") -> None:
        """Takes the samples, and what its name says of how meanings are told apart."""
        self._samples, self.name, self.version = samples, f"{self.stem}{by}", samples.version

    async def elicit(self, asked: Asked) -> Elicited:
        """See `Elicitation.elicit`."""
        if asked.answer is None:
            return Elicited(Confidence(None, self.scale, NO_ANSWER))
        groups = await self._samples.groups(asked)
        if groups is None:
            return Elicited(Confidence(None, self.scale, UNREAD))
        return self._of(groups)

    def _of(self, groups: Sequence[int]) -> Elicited:
        """From the group of the greedy answer, which is 0, and of each sample."""
        raise NotImplementedError


class SelfConsistency(_OverMeanings):
    """The share of samples that mean the same as the greedy answer (Wang et al. 2023, Manakul et al. 2023)."""

    scale, stem = PROBABILITY, "self-consistency"

    def _of(self, groups: Sequence[int]) -> Elicited:
        share = sum(group == 0 for group in groups[1:]) / len(groups[1:])
        return Elicited(Confidence(share, self.scale), {"meanings": len(set(groups))})


class SemanticEntropy(_OverMeanings):
    """Entropy (nats) of the samples' meanings, their shares as probabilities (Farquhar et al. 2024), with its sign turned.

    It takes the samples of self-consistency: a journal buys them once for both.
    """

    scale, stem = NEGATIVE_NATS, "semantic-entropy"

    def _of(self, groups: Sequence[int]) -> Elicited:
        return Elicited(Confidence(negative_entropy(groups[1:]), self.scale))


def negative_entropy(groups: Sequence[int]) -> float:
    """Σ p ln p over the shares p of the groups: 0 where all are one, -ln n where all differ."""
    n = len(groups)
    return min(0.0, fsum(count / n * log(count / n) for count in Counter(groups).values()))
