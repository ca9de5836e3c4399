"""How likely a model finds each of a few answers: of local models, as endpoints give no log-probabilities of answers of ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from windward.models import Message


@runtime_checkable
class Scorer(Protocol):
    """A model that gives log-probabilities of answers (`windward.models.Local` is one)."""

    @property
    def name(self) -> str:
        """As the report calls it."""
        ...

    async def score_many(
        self, messages: Sequence[Message], completions: Sequence[str]
    ) -> list[tuple[float, ...]]:
        """Log-probability (nats) of each token of each answer to `messages`, and of its end."""
        ...


async def answer_scores(
    model: Scorer, messages: Sequence[Message], answers: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Summed log-probability (nats) and number of tokens of each answer, its end included: two vectors as long as `answers`.

    Raises:
        ModelError: messages and an answer do not fit the context.
    """
    scores = await model.score_many(messages, answers)
    return np.array([sum(one) for one in scores], dtype=np.float64), np.array([len(one) for one in scores])


def probabilities(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The softmax of scores in nats, over the last axis."""
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)  # type: ignore[no-any-return]
