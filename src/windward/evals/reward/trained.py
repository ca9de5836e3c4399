"""A trained reward model as a scorer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from windward.evals.reward.scorer import Conversation
from windward.models import ModelError

if TYPE_CHECKING:
    from windward.training.reward_model import RewardModel


class TrainedScorer:
    """Rewards of a model that `windward train reward` made.

    Attributes:
        name: its folder's name and content hash.
    """

    def __init__(self, model: RewardModel, name: str) -> None:
        self._model = model
        self.name = name

    def score(self, conversations: Sequence[Conversation]) -> list[float]:
        """Its rewards.

        Raises:
            ModelError: a conversation cannot be read by it.
        """
        from windward.training import RowError

        try:
            return [float(reward) for reward in self._model.score(conversations).tolist()]
        except RowError as error:
            raise ModelError(f"{self.name} cannot score this: {error}") from error


def trained_scorer(folder: Path) -> TrainedScorer:
    """Reads a reward model.

    Raises:
        ModelError: the folder holds none.
    """
    from windward.models.fingerprint import fingerprint
    from windward.training.reward_model import load_reward

    return TrainedScorer(load_reward(folder), f"{folder.name}@{fingerprint(folder)[:12]}")
